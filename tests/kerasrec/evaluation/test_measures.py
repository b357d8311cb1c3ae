import json

import numpy as np
import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.errors import UsageError
from kerasrec.evaluation import Readings, evaluate
from kerasrec.evaluation.metrics import bootstrap, score

PAIRS = [("abc", "abc"), ("aab", "ab"), ("hello you", "hallo you"), ("x", "x"), ("ooo", "000"), ("", "")] * 10


def reading(text: str, confidence: float) -> Reading:
    return Reading(text, confidence, tuple(Character(c, 0.9, 28.0 * i, 28.0 * i + 28) for i, c in enumerate(text)))


def readings(known: bool) -> Readings:
    boxes = [np.array([[28 * i + 2, 28 * i + 30] for i in range(len(truth))]).reshape(-1, 2) for truth, _ in PAIRS]
    return Readings(
        [truth for truth, _ in PAIRS],
        [reading(read, 0.95 if read == truth else 0.15) for truth, read in PAIRS],
        [np.zeros((28, 28 * max(len(truth), 1)), np.uint8) for truth, _ in PAIRS],
        boxes if known else None,
        [0.25] * len(PAIRS) if known else None,
    )


def test_everything_is_measured():
    evaluation = evaluate(readings(known=True))
    truth, read = map(list, zip(*PAIRS, strict=True))
    assert evaluation.scores == score(read, truth)
    assert evaluation.intervals == bootstrap(read, truth)
    assert {kind: list(groups) for kind, groups in evaluation.groups.items()} == {
        "length": ["0", "1-4", "9-16"],
        "adjacent_repeats": ["without", "with"],
        "overlap": ["0.2-0.3"],
    }
    assert evaluation.confusions == {("o", "0"): 30, ("a", ""): 10, ("e", "a"): 10}
    assert evaluation.places.characters == 10 * (3 + 2 + 8 + 1)
    assert evaluation.calibration.error == pytest.approx((30 * 0.05 + 30 * 0.15) / 60)


def test_the_intervals_contain_the_scores():
    evaluation = evaluate(readings(known=True))
    for name, (low, high) in evaluation.intervals.items():
        assert low < getattr(evaluation.scores, name) < high


def test_unknown_positions_and_overlaps_are_left_out():
    evaluation = evaluate(readings(known=False))
    assert evaluation.places is None and "overlap" not in evaluation.groups
    assert evaluation.to_json()["places"] is None
    assert evaluation.scores == evaluate(readings(known=True)).scores


def test_the_most_frequent_confusions_come_first():
    evaluation = evaluate(readings(known=False))
    assert evaluation.most_confused(2) == [("o", "0", 30), ("a", "", 10)]
    assert evaluation.most_confused(9) == [("o", "0", 30), ("a", "", 10), ("e", "a", 10)]


@pytest.mark.parametrize("known", [True, False])
def test_values_survive_json(known):
    values = evaluate(readings(known)).to_json()
    assert json.loads(json.dumps(values, allow_nan=False)) == values


def test_values_have_all_measures():
    evaluation = evaluate(readings(known=True))
    values = evaluation.to_json(confusions=1)
    assert (values["cer"], values["lines"]) == (evaluation.scores.cer, 60)
    assert values["intervals"]["wer"] == list(evaluation.intervals["wer"])
    assert values["groups"]["adjacent_repeats"]["with"]["cer"] == evaluation.groups["adjacent_repeats"]["with"].cer
    assert values["confusions"] == [{"truth": "o", "read": "0", "count": 30}]
    assert values["places"]["characters"] == 140
    assert [each["lines"] for each in values["calibration"]["bins"]] == [30, 30]


def test_no_lines_raise():
    with pytest.raises(UsageError, match="got 0 predictions and 0 references"):
        evaluate(Readings([], [], []))


def test_different_numbers_of_texts_and_readings_raise():
    with pytest.raises(UsageError, match="got 1 predictions and 2 references"):
        evaluate(Readings(["a", "b"], [reading("a", 0.5)], [np.zeros((28, 28), np.uint8)]))
