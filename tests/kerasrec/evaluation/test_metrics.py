import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrec.errors import UsageError
from kerasrec.evaluation.metrics import Accuracies, Scores, accuracies, bootstrap, confusions, edit_counts, score

READ = ["kitten", "on the mat", "", "x"]
TRUE = ["sitting", "on the mat", "ab", "x"]
PAIRS = st.lists(st.tuples(st.text("ab ", max_size=8), st.text("ab ", max_size=8)), min_size=1, max_size=8)


def edit_distance(a, b):
    """Computes the edit distance by the textbook recursion, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_edits_of_each_line():
    counts = edit_counts(READ, TRUE)
    assert counts.tolist() == [3, 0, 2, 0] and counts.dtype == np.int64


def test_scores_of_four_lines():
    scores = score(READ, TRUE)
    assert scores.cer == pytest.approx(5 / 20)
    assert scores.lab_cer == pytest.approx((3 / 7 + 0 + 1 + 0) / 4)
    assert scores.wer == pytest.approx(2 / 6)
    assert scores.perfect == 0.5
    assert (scores.lines, scores.characters) == (4, 20)


def test_long_lines_weigh_more_in_cer_but_not_in_lab_cer():
    scores = score(["a" * 30, "b"], ["a" * 30, "c"])
    assert scores.cer == pytest.approx(1 / 31) and scores.lab_cer == pytest.approx(1 / 2)


def test_error_rates_exceed_one_if_too_much_is_read():
    scores = score(["a b c d"], ["z"])
    assert (scores.cer, scores.wer, scores.lab_cer) == (7.0, 4.0, 1.0)


def test_whole_words_are_compared():
    assert score(["the cat sat"], ["the cut sat"]).wer == pytest.approx(1 / 3)
    assert score(["  the  cat "], ["the cat"]).wer == 0


def test_empty_references():
    assert score(["", ""], ["", ""]) == Scores(0.0, 0.0, 0.0, 1.0, 2, 0)
    assert score(["", "abc"], ["", ""]) == Scores(1.0, 0.5, 1.0, 0.5, 2, 0)


def test_scores_are_plain_floats_for_json():
    assert [type(value) for value in vars(score(READ, TRUE)).values()] == [float] * 4 + [int] * 2


@pytest.mark.parametrize(("read", "true"), [([], []), (["a"], []), (["a"], ["a", "b"])])
@pytest.mark.parametrize("measure", [score, bootstrap])
def test_different_numbers_of_predictions_and_references_raise(measure, read, true):
    with pytest.raises(UsageError, match=f"got {len(read)} predictions and {len(true)} references"):
        measure(read, true)


@settings(max_examples=100, deadline=None)
@given(PAIRS)
def test_scores_agree_with_the_textbook_and_are_within_their_bounds(pairs):
    read, true = map(list, zip(*pairs, strict=True))
    scores = score(read, true)
    edits = [edit_distance(r, t) for r, t in pairs]
    assert edit_counts(read, true).tolist() == edits
    assert edit_counts(true, read).tolist() == edits
    if scores.characters:
        assert scores.cer == pytest.approx(sum(edits) / sum(map(len, true)))
    if any(t.split() for t in true):
        word_edits = sum(edit_distance(r.split(), t.split()) for r, t in pairs)
        assert scores.wer == pytest.approx(word_edits / sum(len(t.split()) for t in true))
    assert 0 <= scores.lab_cer <= 1 and 0 <= scores.perfect <= 1
    assert (scores.cer == 0) == (scores.lab_cer == 0) == (scores.perfect == 1)


@settings(max_examples=50, deadline=None)
@given(PAIRS)
def test_there_are_as_many_confusions_as_edits(pairs):
    read, true = map(list, zip(*pairs, strict=True))
    assert confusions(read, true).total() == edit_counts(read, true).sum()
    assert all(a != b for a, b in confusions(read, true))


def test_confusions_are_pairs_of_truth_and_reading():
    assert confusions(["c0t", "at", "boot"], ["cot", "cat", "bot"]) == {("o", "0"): 1, ("c", ""): 1, ("", "o"): 1}


def test_the_interval_of_a_known_binomial():
    read, true = ["a"] * 300 + ["b"] * 100, ["a"] * 400
    low, high = bootstrap(read, true, samples=2000)["cer"]
    spread = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    assert low == pytest.approx(0.25 - spread, abs=0.006) and high == pytest.approx(0.25 + spread, abs=0.006)


def test_intervals_contain_the_score_and_widen_with_the_level():
    read, true = READ * 25, TRUE * 25
    scores = score(read, true)
    wide, narrow = bootstrap(read, true, level=0.99), bootstrap(read, true, level=0.5)
    assert list(wide) == ["cer", "lab_cer", "wer", "perfect"]
    for name, (low, high) in narrow.items():
        assert wide[name][0] < low < getattr(scores, name) < high < wide[name][1]


def test_the_seed_determines_the_draws():
    read, true = READ * 5, TRUE * 5
    assert bootstrap(read, true, seed=1) == bootstrap(read, true, seed=1) != bootstrap(read, true, seed=2)


def test_the_interval_of_a_perfect_reading_is_a_point():
    assert bootstrap(TRUE, TRUE, samples=20)["cer"] == (0.0, 0.0)


def test_draws_of_empty_lines_only_are_scored_like_empty_references():
    assert bootstrap(["", "x"], ["", "x"], samples=50)["cer"] == (0.0, 0.0)
    assert bootstrap(["y", "x"], ["", "x"], samples=200)["cer"] == (0.0, 1.0)


LABELS = np.array([[4, 5, 6, 3, 3], [4, 4, 3, 3, 3]])


def test_characters_are_compared_by_position():
    # 4 of 5 characters; 9 of 10 positions, with padding that was read or is missing
    assert accuracies([[4, 5, 6], [5, 4, 3, 3, 3]], LABELS, padding=3) == Accuracies(0.8, 0.9)


def test_a_missed_character_shifts_all_later_ones():
    assert accuracies([[5, 6], [4, 4]], LABELS, padding=3) == Accuracies(0.4, 0.7)


def test_ids_after_the_last_position_are_ignored():
    assert accuracies([[4, 5, 6, 3, 3, 9, 9], [4, 4]], LABELS, padding=3) == Accuracies(1.0, 1.0)


def test_padding_raises_the_accuracy_of_short_texts():
    nothing = accuracies([[], []], LABELS, padding=3)
    assert nothing == Accuracies(0.0, 0.5)
    assert accuracies([[]], np.array([[3, 3]]), padding=3) == Accuracies(1.0, 1.0)


@pytest.mark.parametrize(("read", "labels"), [([], np.zeros((0, 3))), ([[4]], LABELS)])
def test_accuracy_needs_a_label_for_each_line(read, labels):
    with pytest.raises(UsageError, match="labels for each"):
        accuracies(read, labels, padding=3)
