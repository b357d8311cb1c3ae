"""The pictures of a search."""

import math
from collections.abc import Sequence
from pathlib import Path

from kerasrec.plots import Dimension, Scores, parallel_coordinates, search_effects, search_pareto, search_progress
from kerasrec_tuning.search_report import SearchReport
from kerasrec_tuning.space import Choice
from kerasrec_tuning.trials import Trial

_MOST_CHOICES = 8  # that have a place of their own on an axis; more are numbers on a scale


def write_pictures(folder: Path, report: SearchReport) -> list[Path]:
    """Draws what a search found, as far as there is something to draw.

    Args:
        folder: Where to write; it is made where it is missing.
        report: Of the search.

    Returns:
        The files that were written; none while no trial is completed.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    ended = sorted((trial for trial in report.trials if trial.status != "running"), key=lambda trial: int(trial.id))
    if not any(trial.status == "completed" for trial in ended):
        return []
    names, scores, front = [trial.id for trial in ended], _scores(report, ended), report.pareto
    files = [folder / "progress.png"]
    search_progress(files[0], names, minutes_of_search(ended), scores)
    if front:
        times = [trial.ms_per_line if trial.status == "completed" else None for trial in ended]
        files.append(folder / "pareto.png")
        search_pareto(
            files[-1], names, times, scores, [ended.index(trial) for trial in front], report.settings.max_ms_per_line
        )
    if report.varying:
        dimensions = [_dimension(report, name, ended) for name in report.varying]
        files += [folder / "effects.png", folder / "parallel.png"]
        search_effects(files[-2], dimensions, scores)
        parallel_coordinates(files[-1], dimensions, scores)
    return files


def minutes_of_search(trials: Sequence[Trial]) -> list[float]:
    """How many minutes a search had run when each trial ended, left out the time in which none was trained.

    So a search that was killed and went on a day later has no gap, and trials of several workers overlap.

    >>> minutes_of_search([Trial("0", "completed", {}, seconds=60, finished=60), Trial("1", "failed", {}, finished=30)])
    [1.0, 0.5]

    Args:
        trials: Trials that ended; one without a time of its end gets NaN.
    """
    spans = [(t.finished - (t.seconds or 0), t.finished) for t in trials if t.finished is not None]
    return [math.nan if t.finished is None else _seconds_until(t.finished, spans) / 60 for t in trials]


def _seconds_until(moment: float, spans: Sequence[tuple[float, float]]) -> float:
    """The seconds before a moment that lie in at least one of some spans of time."""
    seconds, reached = 0.0, -math.inf
    for begin, end in sorted(spans):
        begin, end = max(begin, reached), min(end, moment)
        if end > begin:
            seconds += end - begin
            reached = end
    return seconds


def _scores(report: SearchReport, trials: Sequence[Trial]) -> Scores:
    numbers: dict[str, set[int]] = {}
    for number, trial in enumerate(trials):
        numbers.setdefault(report.standing(trial), set()).add(number)
    return Scores(
        [trial.val_cer if trial.status == "completed" else None for trial in trials],
        None if report.best is None else trials.index(report.best),
        None if report.default is None else trials.index(report.default),
        frozenset(numbers.get("too slow", ())),
        frozenset(numbers.get("smaller budget", ())),
    )


def _dimension(report: SearchReport, name: str, trials: Sequence[Trial]) -> Dimension:
    """A hyperparameter as an axis: few choices side by side, numbers on the scale that they were drawn from."""
    values = [trial.hyperparameters[name] for trial in trials]
    space = report.settings.space[name]
    if not isinstance(space, Choice):
        return Dimension(name, values, log=True)
    named = any(isinstance(value, str | bool) for value in space.values)
    return Dimension(name, values, space.values if named or len(space.values) <= _MOST_CHOICES else ())
