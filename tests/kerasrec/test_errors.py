"""The tree of errors: what a caller can catch, and what the command line ends with."""

import pytest

from kerasrec import errors

ALL = [value for value in vars(errors).values() if isinstance(value, type)]
SPECIFIC = [error for error in ALL if error is not errors.KerasrecError]


@pytest.mark.parametrize("error", SPECIFIC, ids=lambda error: error.__name__)
def test_an_error_is_also_the_builtin_that_a_caller_would_expect(error):
    ours, builtin = error.__bases__
    assert ours in (errors.KerasrecError, errors.ServerError)
    assert builtin.__module__ == "builtins"
    assert builtin is not Exception


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_only_wrong_usage_ends_with_2(error):
    assert error.exit_code == (2 if error is errors.UsageError else 1)


def test_the_message_is_the_whole_message():
    assert str(errors.DataUnavailable("No network: place gzip.zip by hand.")) == "No network: place gzip.zip by hand."
