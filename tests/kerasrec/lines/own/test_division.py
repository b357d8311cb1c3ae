"""The division of lines into training, validation and test."""

from pathlib import Path

import pytest

from kerasrec.errors import UsageError
from kerasrec.lines.own import OwnLine
from kerasrec.lines.own.division import divide


def lines(count: int, groups: int) -> list[OwnLine]:
    return [OwnLine(Path(f"{i}.png"), "x", f"writer {i % groups}") for i in range(count)]


def test_every_line_is_in_one_part_and_no_group_in_two():
    all_lines = lines(300, 30)
    parts = divide(all_lines, [0.1, 0.2], 42)
    assert sorted(sum(parts, [])) == list(range(300))
    groups = [{all_lines[i].group for i in part} for part in parts]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert [len(part) for part in parts] == [30, 60, 210]


def test_the_division_depends_on_names_and_seed_only():
    all_lines = lines(300, 30)
    first = divide(all_lines, [0.1, 0.1], 42)
    assert divide(all_lines, [0.1, 0.1], 42) == first
    assert divide(all_lines, [0.1, 0.1], 43) != first
    again = divide(all_lines[::-1], [0.1, 0.1], 42)
    assert [{all_lines[i].group for i in part} for part in first] == [
        {all_lines[::-1][i].group for i in part} for part in again
    ]


def test_a_small_set_keeps_lines_for_every_part():
    assert [len(part) for part in divide(lines(3, 3), [0.1, 0.1], 1)] == [1, 1, 1]
    assert [len(part) for part in divide(lines(3, 3), [0.9, 0.9], 1)] == [1, 1, 1]
    assert [len(part) for part in divide(lines(1, 1), [0, 0], 1)] == [0, 0, 1]


def test_too_few_groups_are_refused():
    with pytest.raises(UsageError, match="cannot be divided into 3 parts .* 20 lines in 2 groups"):
        divide(lines(20, 2), [0.1, 0.1], 1)


def test_a_large_group_does_not_take_the_last_lines_from_training():
    uneven = [OwnLine(Path(f"{i}.png"), "x", "large" if i else "small") for i in range(100)]
    for seed in range(20):
        *_, left = divide(uneven, [0.0, 0.1], seed)
        assert left


def test_groups_that_were_divided_before_stay_where_they_were():
    all_lines = lines(100, 10)
    known = {"writer 0": 2, "writer 1": 0, "writer 2": 1}
    for seed in range(5):
        parts = divide(all_lines, [0.1, 0.1], seed, known)
        groups = [{all_lines[i].group for i in part} for part in parts]
        assert "writer 1" in groups[0] and "writer 2" in groups[1] and "writer 0" in groups[2]
        assert [len(part) for part in parts] == [10, 10, 80]
