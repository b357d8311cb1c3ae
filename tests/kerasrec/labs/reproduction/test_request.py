import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.request import Request
from kerasrec.labs.reproduction.runs import RUNS

SIMPLE, MNIST = RUNS["line-cnn-simple"], RUNS["mnist-cnn"]


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (Request(SIMPLE, ("lab", "disjoint")), "kerasrec reproduce line-cnn-simple"),
        (Request(SIMPLE, ("lab", "disjoint"), epochs=10), "kerasrec reproduce line-cnn-simple"),
        (
            Request(SIMPLE, ("lab",), 3, 7.5, 1),
            "kerasrec reproduce line-cnn-simple --split lab --epochs 3 --minutes 7.5 --seed 1",
        ),
        (Request(MNIST, ("lab",)), "kerasrec reproduce mnist-cnn"),
    ],
)
def test_the_command_has_the_differences_from_the_published_run(request_, command):
    assert request_.command == command


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 11}, "published with 10 epochs, so epochs must be 1 to 10, not 11"),
        ({"epochs": 0}, "epochs must be 1 to 10, not 0"),
        ({"seed": -1}, "seed must be at least 0 and below 2\\^32, not -1"),
        ({"minutes": 0.0}, "minutes must be above 0, not 0"),
        ({"minutes": float("nan")}, "minutes must be above 0, not nan"),
    ],
)
def test_an_invalid_request_is_rejected(changes, message):
    with pytest.raises(UsageError, match=message):
        Request(SIMPLE, ("lab",), **changes)


def test_character_runs_have_no_disjoint_split():
    with pytest.raises(UsageError, match="mnist-cnn has no split 'disjoint'. Choose one of lab"):
        Request(MNIST, ("disjoint",))
