from kerasrec.labs.reproduction.listing import HEAD, compare, list_runs
from kerasrec.labs.reproduction.result import Result
from kerasrec.labs.reproduction.runs import RUNS
from kerasrec.labs.reproduction.standing import Standing


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
