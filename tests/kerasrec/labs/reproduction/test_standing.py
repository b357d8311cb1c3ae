import pytest

from kerasrec.labs.reproduction.result import Result
from kerasrec.labs.reproduction.runs import RUNS
from kerasrec.labs.reproduction.standing import HEAD, Standing, compare, join_unique, list_runs

TRANSFORMER = RUNS["line-cnn-transformer"]


def test_a_run_that_was_not_measured_has_dashes():
    standing = Standing(RUNS["line-cnn-lstm-ctc-variable"])
    assert standing.published == ("better", "6.01%")
    assert [standing.measured("lab"), standing.epochs, standing.minutes] == ["–", "–", "–"]
    assert standing.shortened == []


def test_a_measured_run_shows_its_published_results(made):
    trainings = {"disjoint": made(0.0512), "lab": made(0.043, seconds=600.0)}
    standing = Standing(RUNS["line-cnn-ctc-variable"], Result("line-cnn-ctc-variable", trainings))
    assert list(standing.trainings) == ["lab", "disjoint"]
    assert (standing.measured("lab"), standing.measured("disjoint")) == ("4.30%", "5.12%")
    assert standing.figure("lab", "validation", "cer") == "2.15%"
    assert (standing.epochs, standing.minutes) == ("10", "26")


@pytest.mark.parametrize(("ended", "reason"), [("epochs", "set by --epochs"), ("minutes", "ended by --minutes")])
def test_a_shortened_run_shows_its_epochs_and_the_reason(made, ended, reason):
    trainings = {"lab": made(epochs=8, ended=ended), "disjoint": made(epochs=40)}
    standing = Standing(TRANSFORMER, Result("line-cnn-transformer", trainings))
    (text,) = standing.shortened
    assert text == f"line-cnn-transformer, as in the labs: 8 of 40 epochs, {reason}."
    assert standing.epochs == "8 of 40 and 40"


@pytest.mark.parametrize(
    ("name", "share", "best"),
    [
        ("line-cnn-ctc-variable", 0.08, "7.96%"),
        ("line-cnn-ctc-variable", 0.0796, None),
        ("line-cnn-simple", 0.89, "90%"),
        ("line-cnn-simple", 0.9, None),
        ("line-cnn-overlap", 0.79, "80s %"),
        ("line-cnn-overlap", 0.8, None),
        ("line-cnn-simple-cut", 0.39, "40%"),
        ("line-cnn-simple-cut", 0.41, None),
        ("mnist-mlp", 0.1, None),
    ],
)
def test_a_published_result_that_was_not_reached_is_listed(made, name, share, best):
    standing = Standing(RUNS[name], Result(name, {"lab": made(share)}))
    sentence = f"{name}, as in the labs: {share:.2%} here, {best} published."
    assert standing.short == ([sentence] if best else [])


def test_a_character_run_has_its_own_measures(made):
    standing = Standing(RUNS["mnist-cnn"], Result("mnist-cnn", {"lab": made(0.99, epochs=5)}))
    assert list(standing.measures) == ["character_accuracy"]
    assert (standing.measured("lab"), standing.measured("disjoint")) == ("99.00%", "–")


def test_texts_are_joined_in_order_without_repeats():
    assert (join_unique([]), join_unique(["a", "a"]), join_unique(["b", "a"])) == ("", "a", "b and a")


def test_each_run_is_a_row(results):
    rows = list_runs(results)
    assert [row[0] for row in rows] == list(RUNS)
    assert {len(row) for row in rows} == {len(HEAD)}
    found = dict(zip(HEAD, rows[list(RUNS).index("line-cnn-simple")], strict=True))
    assert (found["published"], found["rerun"], found["measure"]) == ("90%", "82%", "lab accuracy")
    assert (found["lab split"], found["disjoint"], found["epochs"], found["minutes"]) == ("7.00%", "7.25%", "10", "32")


def test_a_run_is_compared_measure_by_measure(made):
    trainings = {"lab": made(0.05), "disjoint": made(0.06)}
    rows = compare(Standing(RUNS["line-cnn-ctc-variable"], Result("line-cnn-ctc-variable", trainings)))
    assert len(rows) == 12
    assert ["test, lab CER", "~15%", "7.96%", "5.00%", "6.00%"] in rows
    assert ["test, CER", "", "", "5.00%", "6.00%"] in rows
    assert ["validation, lab CER", "", "", "2.50%", "3.00%"] in rows
