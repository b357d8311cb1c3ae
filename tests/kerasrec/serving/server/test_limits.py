"""Limits of requests."""

import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.server.limits import Limits


@pytest.mark.parametrize("name", ["message_bytes", "images", "deadline_seconds"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_limit_must_be_above_0(name, value):
    with pytest.raises(UsageError, match=f"Expected {name} above 0, but received {value}"):
        Limits(**{name: value})
