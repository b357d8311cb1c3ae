"""A run's published results beside the measured ones, as text for tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kerasrec.labs.reproduction.result import CHARACTER_MEASURES, MEASURES, Measure, Result, Training
from kerasrec.labs.reproduction.runs import RUNS, ReferenceRun

NOTHING = "–"
"""Shown where there is no result."""

SPLIT_TITLES = {"lab": "as in the labs", "disjoint": "disjoint"}
"""The titles of the splits."""

HEAD = ("run", "measure", "published", "rerun", "lab split", "disjoint", "epochs", "minutes")
"""The columns of `list_runs`."""

_ENDED = {
    "epochs": "set by --epochs",
    "minutes": "ended by --minutes",
}


@dataclass(frozen=True)
class Standing:
    """A published run beside its result here.

    Attributes:
        run: The published run.
        result: The result here; None if it was not run.
    """

    run: ReferenceRun
    result: Result | None = None

    @property
    def measures(self) -> dict[str, Measure]:
        """All measures of such a run."""
        return MEASURES if self.run.measure in MEASURES else CHARACTER_MEASURES

    @property
    def measure(self) -> Measure:
        """The measure that was published."""
        return self.measures[self.run.measure]

    @property
    def trainings(self) -> dict[str, Training]:
        """The trainings by the names of their splits, in order."""
        trainings = self.result.trainings if self.result else {}
        return {split: trainings[split] for split in self.run.splits if split in trainings}

    @property
    def published(self) -> tuple[str, str]:
        """The results of the course and of the rerun."""
        course, rerun = (figure.text if figure else NOTHING for figure in (self.run.course, self.run.rerun))
        return course, rerun

    def measured(self, split: str) -> str:
        """Returns the published measure on a split's test."""
        return self.figure(split, "test", self.run.measure)

    def figure(self, split: str, part: str, measure: str) -> str:
        """Returns a measure on a split; `part` is "test" or "validation"."""
        training = self.trainings.get(split)
        return percent(getattr(training, part)[measure]) if training else NOTHING

    @property
    def epochs(self) -> str:
        """The number of trained epochs, with that of the published run if it had more."""
        return join_unique(self._count(training) for training in self.trainings.values()) or NOTHING

    def _count(self, training: Training) -> str:
        short = training.epochs < self.run.epochs
        return f"{training.epochs} of {self.run.epochs}" if short else f"{training.epochs}"

    @property
    def minutes(self) -> str:
        """The minutes of all trainings together."""
        seconds = [training.seconds for training in self.trainings.values()]
        return f"{sum(seconds) / 60:,.0f}" if seconds else NOTHING

    @property
    def short(self) -> list[str]:
        """A sentence for each split whose test did not reach the better of the published results."""
        figures = [figure for figure in (self.run.course, self.run.rerun) if figure and figure.span]
        if not figures:
            return []
        sign = 1 if self.measure.rises else -1
        least, best = max((min(sign * share for share in figure.span or ()), figure.text) for figure in figures)
        return [
            f"{self.run.name}, {SPLIT_TITLES[split]}: {self.measured(split)} here, {best} published."
            for split, training in self.trainings.items()
            if sign * training.test[self.run.measure] < least
        ]

    @property
    def shortened(self) -> list[str]:
        """A sentence for each training with fewer epochs than the published run: how many, and why."""
        return [
            f"{self.run.name}, {SPLIT_TITLES[split]}: {self._count(training)} epochs, {_ENDED[training.ended]}."
            for split, training in self.trainings.items()
            if training.epochs < self.run.epochs
        ]


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


def percent(share: float) -> str:
    """Formats a share as in all tables.

    >>> percent(0.0601)
    '6.01%'
    """
    return f"{share:.2%}"


def join_unique(texts: Iterable[str]) -> str:
    """Joins texts with "and" in order, each once.

    >>> join_unique(["b", "a", "b"])
    'b and a'
    """
    return " and ".join(dict.fromkeys(texts))
