"""The runs as a table for the console."""

from collections.abc import Mapping

from kerasrec.labs.reproduction.result import Result
from kerasrec.labs.reproduction.runs import RUNS
from kerasrec.labs.reproduction.standing import Standing

HEAD = ("run", "measure", "published", "rerun", "lab split", "disjoint", "epochs", "minutes")
"""The columns of `list_runs`."""


def list_runs(results: Mapping[str, Result]) -> list[list[str]]:
    """Returns a row for each run: its published results beside those measured here."""
    return [_row(Standing(run, results.get(name))) for name, run in RUNS.items()]


def _row(standing: Standing) -> list[str]:
    measured = [standing.measured(split) for split in ("lab", "disjoint")]
    return [
        standing.run.name,
        standing.measure.title,
        *standing.published,
        *measured,
        standing.epochs,
        standing.minutes,
    ]


def compare(standing: Standing) -> list[list[str]]:
    """Returns a row for each measure of a run, first of the test, then of validation, with both splits."""
    rows = []
    for part in ("test", "validation"):
        for name in standing.measures:
            cells = [standing.figure(split, part, name) for split in standing.run.splits]
            published = standing.published if (part, name) == ("test", standing.run.measure) else ("", "")
            rows.append([f"{part}, {standing.measures[name].title}", *published, *cells])
    return rows
