"""The errors' base classes and exit codes."""

import pytest

from kerasrec import errors

ALL = [value for value in vars(errors).values() if isinstance(value, type)]
SPECIFIC = [error for error in ALL if error is not errors.KerasrecError]


@pytest.mark.parametrize("error", SPECIFIC, ids=lambda error: error.__name__)
def test_an_error_is_also_a_builtin_exception(error):
    ours, builtin = error.__bases__
    assert ours in (errors.KerasrecError, errors.ServerError)
    assert builtin.__module__ == "builtins"
    assert builtin is not Exception


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_only_a_usage_error_exits_with_2(error):
    assert error.exit_code == (2 if error is errors.UsageError else 1)


def test_the_message_is_unchanged():
    assert str(errors.DataUnavailable("No network: place gzip.zip by hand.")) == "No network: place gzip.zip by hand."
