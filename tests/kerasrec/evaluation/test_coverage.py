import pytest

from kerasrec.errors import UsageError
from kerasrec.evaluation import Coverage, cover

READ, TRUE, CONFIDENCES = ["abcd", "abXd", "abcd", "XXXX"], ["abcd"] * 4, [0.9, 0.4, 0.6, 0.1]


def test_the_errors_of_the_surest_lines():
    assert cover(READ, TRUE, CONFIDENCES, [0.5, 0.75, 1.0]) == (
        Coverage(0.5, 2, 0.6, 0.0, 1.0),
        Coverage(0.75, 3, 0.4, pytest.approx(1 / 12), pytest.approx(2 / 3)),
        Coverage(1.0, 4, 0.1, pytest.approx(5 / 16), 0.5),
    )


def test_a_share_of_less_than_a_line_is_the_surest_line():
    assert cover(READ, TRUE, CONFIDENCES, [0.01]) == (Coverage(0.01, 1, 0.9, 0.0, 1.0),)


def test_no_lines_raise():
    with pytest.raises(UsageError):
        cover([], [], [])
