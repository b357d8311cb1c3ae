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
def test_the_command_says_what_differs_from_the_published_run(request_, command):
    assert request_.command == command


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": 11}, "published with 10 epochs: ask for 1 to 10, not for 11"),
        ({"epochs": 0}, "not for 0"),
        ({"seed": -1}, "seed must be at least 0 and below 2\\^32, not -1"),
        ({"minutes": 0.0}, "more than 0 minutes"),
        ({"minutes": float("nan")}, "more than nan minutes"),
    ],
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        Request(SIMPLE, ("lab",), **wrong)


def test_characters_have_no_disjoint_split_beside():
    with pytest.raises(UsageError, match="mnist-cnn has no split 'disjoint', but lab"):
        Request(MNIST, ("disjoint",))
