import numpy as np
import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.evaluation import Places, compare_places


def reading(*characters: tuple[str, float, float]) -> Reading:
    text = "".join(c for c, _, _ in characters)
    return Reading(text, 0.5, tuple(Character(c, 0.5, start, end) for c, start, end in characters))


BOXES = np.array([[0, 28], [20, 48], [40, 68]])


def test_the_errors_of_three_positions():
    places = compare_places([reading(("a", 2, 22), ("b", 22, 46), ("c", 46, 70))], ["abc"], [BOXES])
    errors = [abs(12 - 14), abs(34 - 34), abs(58 - 54)]
    ious = [20 / 28, 24 / 28, 22 / 30]
    assert places == Places(3, pytest.approx(np.mean(errors)), pytest.approx(np.mean(ious)))


def test_only_characters_that_were_read_right_are_compared():
    wrong = reading(("a", 0, 28), ("x", 900, 901), ("c", 40, 68))
    assert compare_places([wrong], ["abc"], [BOXES]) == Places(2, 0.0, 1.0)


def test_missed_and_inserted_characters_do_not_affect_others():
    missed, inserted = (
        reading(("a", 0, 28), ("c", 40, 68)),
        reading(("z", 0, 1), ("a", 0, 28), ("b", 20, 48), ("c", 40, 68)),
    )
    assert compare_places([missed, inserted], ["abc", "abc"], [BOXES, BOXES]) == Places(5, 0.0, 1.0)


def test_disjoint_ranges_have_an_iou_of_0():
    assert compare_places([reading(("a", 100, 128))], ["a"], [BOXES[:1]]) == Places(1, 100.0, 0.0)


def test_without_a_character_read_right_there_is_no_comparison():
    assert compare_places([reading(("x", 0, 28)), reading()], ["a", "b"], [BOXES[:1]] * 2) is None
