"""How a run stands: what was published beside what was measured, as text for tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kerasrec.labs.reproduction.result import CHARACTER_MEASURES, MEASURES, Measure, Result, Training
from kerasrec.labs.reproduction.runs import RUNS, ReferenceRun

NOTHING = "–"
"""Stands where there is no figure."""

SPLIT_TITLES = {"lab": "as in the labs", "disjoint": "disjoint"}
"""What the splits are called."""

HEAD = ("run", "measure", "published", "rerun", "lab split", "disjoint", "epochs", "minutes")
"""What the columns of `list_runs` hold."""

_ENDED = {
    "epochs": "no more were asked for",
    "minutes": "its time was over",
}


@dataclass(frozen=True)
class Standing:
    """A run beside its result.

    Attributes:
        run: What was published.
        result: What was measured; None if nothing was.
    """

    run: ReferenceRun
    result: Result | None = None

    @property
    def measures(self) -> dict[str, Measure]:
        """All that is measured of such a run."""
        return MEASURES if self.run.measure in MEASURES else CHARACTER_MEASURES

    @property
    def measure(self) -> Measure:
        """What was published of the run."""
        return self.measures[self.run.measure]

    @property
    def trainings(self) -> dict[str, Training]:
        """What was trained, by the names of the splits, in their order."""
        there = self.result.trainings if self.result else {}
        return {split: there[split] for split in self.run.splits if split in there}

    @property
    def published(self) -> tuple[str, str]:
        """The course's figure and the rerun's."""
        course, rerun = (figure.text if figure else NOTHING for figure in (self.run.course, self.run.rerun))
        return course, rerun

    def measured(self, split: str) -> str:
        """What was measured in a split's test, of that which was published."""
        return self.figure(split, "test", self.run.measure)

    def figure(self, split: str, part: str, measure: str) -> str:
        """What was measured on a split, in its "test" or its "validation"."""
        training = self.trainings.get(split)
        return percent(getattr(training, part)[measure]) if training else NOTHING

    @property
    def epochs(self) -> str:
        """How many epochs were trained, of how many."""
        return told(self._count(training) for training in self.trainings.values()) or NOTHING

    def _count(self, training: Training) -> str:
        short = training.epochs < self.run.epochs
        return f"{training.epochs} of {self.run.epochs}" if short else f"{training.epochs}"

    @property
    def minutes(self) -> str:
        """How long all of it was trained, in minutes."""
        seconds = [training.seconds for training in self.trainings.values()]
        return f"{sum(seconds) / 60:,.0f}" if seconds else NOTHING

    @property
    def short(self) -> list[str]:
        """For each split in whose test the better of the published figures was not reached: both, in words."""
        figures = [figure for figure in (self.run.course, self.run.rerun) if figure and figure.span]
        if not figures:
            return []
        sign = 1 if self.measure.rises else -1
        least, best = max((min(sign * share for share in figure.span or ()), figure.text) for figure in figures)
        return [
            f"{self.run.name}, {SPLIT_TITLES[split]}: {self.measured(split)}, where {best} was published."
            for split, training in self.trainings.items()
            if sign * training.test[self.run.measure] < least
        ]

    @property
    def shortened(self) -> list[str]:
        """For each training that had fewer epochs than the published run: how many, and why, in words."""
        return [
            f"{self.run.name}, {SPLIT_TITLES[split]}: {self._count(training)} epochs; {_ENDED[training.ended]}."
            for split, training in self.trainings.items()
            if training.epochs < self.run.epochs
        ]


def list_runs(results: Mapping[str, Result]) -> list[list[str]]:
    """A row for each run: what was published of it beside what was measured here."""
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
    """A row for each measure of a run, with the figures of both splits: of the test, then of validation."""
    rows = []
    for part in ("test", "validation"):
        for name in standing.measures:
            cells = [standing.figure(split, part, name) for split in standing.run.splits]
            published = standing.published if (part, name) == ("test", standing.run.measure) else ("", "")
            rows.append([f"{part}, {standing.measures[name].title}", *published, *cells])
    return rows


def percent(share: float) -> str:
    """Writes a share as it stands in all tables.

    >>> percent(0.0601)
    '6.01%'
    """
    return f"{share:.2%}"


def told(texts: Iterable[str]) -> str:
    """Names some things in their order, each once.

    >>> told(["b", "a", "b"])
    'b and a'
    """
    return " and ".join(dict.fromkeys(texts))
