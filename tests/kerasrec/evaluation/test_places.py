import numpy as np
import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.evaluation import Places, compare_places


def reading(*places: tuple[str, float, float]) -> Reading:
    return Reading("".join(c for c, _, _ in places), 0.5, tuple(Character(c, 0.5, a, b) for c, a, b in places))


BOXES = np.array([[0, 28], [20, 48], [40, 68]])


def test_places_by_hand():
    places = compare_places([reading(("a", 2, 22), ("b", 22, 46), ("c", 46, 70))], ["abc"], [BOXES])
    errors = [abs(12 - 14), abs(34 - 34), abs(58 - 54)]
    ious = [20 / 28, 24 / 28, 22 / 30]
    assert places == Places(3, pytest.approx(np.mean(errors)), pytest.approx(np.mean(ious)))


def test_only_characters_that_were_read_right_count():
    wrong = reading(("a", 0, 28), ("x", 900, 901), ("c", 40, 68))
    assert compare_places([wrong], ["abc"], [BOXES]) == Places(2, 0.0, 1.0)


def test_a_missed_or_an_invented_character_shifts_no_other():
    missed, invented = (
        reading(("a", 0, 28), ("c", 40, 68)),
        reading(("z", 0, 1), ("a", 0, 28), ("b", 20, 48), ("c", 40, 68)),
    )
    assert compare_places([missed, invented], ["abc", "abc"], [BOXES, BOXES]) == Places(5, 0.0, 1.0)


def test_ranges_that_do_not_meet_share_nothing():
    assert compare_places([reading(("a", 100, 128))], ["a"], [BOXES[:1]]) == Places(1, 100.0, 0.0)


def test_nothing_read_right_has_no_places():
    assert compare_places([reading(("x", 0, 28)), reading()], ["a", "b"], [BOXES[:1]] * 2) is None
