import numpy as np

from kerasrec.decoding import Reading
from kerasrec.evaluation import Readings
from kerasrec.evaluation.groups import score_groups
from kerasrec.evaluation.metrics import score


def readings(pairs: list[tuple[str, str]], overlaps: list[float] | None = None) -> Readings:
    read = [Reading(text, 0.5, ()) for _, text in pairs]
    return Readings([truth for truth, _ in pairs], read, [np.zeros((28, 28), np.uint8)] * len(pairs), None, overlaps)


def test_lines_are_grouped_by_length():
    lengths = [0, 1, 4, 5, 8, 9, 16, 17, 24, 25, 32, 33, 500]
    groups = score_groups(readings([("ab" * (n // 2) + "c" * (n % 2), "") for n in lengths]))["length"]
    assert {name: (group.lines, group.characters) for name, group in groups.items()} == {
        "0": (1, 0),
        "1-4": (2, 5),
        "5-8": (2, 13),
        "9-16": (2, 25),
        "17-24": (2, 41),
        "25-32": (2, 57),
        "33 or more": (2, 533),
    }


def test_each_group_has_the_scores_of_its_lines():
    pairs = [("aab", "ab"), ("abc", "abc"), ("book", "bok"), ("bok", "bxk")]
    groups = score_groups(readings(pairs))
    assert groups["adjacent_repeats"] == {
        "without": score(["abc", "bxk"], ["abc", "bok"]),
        "with": score(["ab", "bok"], ["aab", "book"]),
    }
    assert groups["length"] == {"1-4": score([read for _, read in pairs], [truth for truth, _ in pairs])}
    assert "overlap" not in groups


def test_lines_are_grouped_by_overlap_except_those_without_one():
    overlaps = [0.0, 0.05, 0.1, float(np.float32(0.7)), 0.3299999, float("nan"), 0.999]
    groups = score_groups(readings([("abcdefg"[: i + 1], "") for i in range(7)], overlaps))["overlap"]
    assert {name: (group.lines, group.characters) for name, group in groups.items()} == {
        "0.0-0.1": (2, 3),
        "0.1-0.2": (1, 3),
        "0.3-0.4": (1, 5),
        "0.7-0.8": (1, 4),
        "0.9-1.0": (1, 7),
    }
