"""The plots of a search."""

import math
from collections.abc import Sequence
from pathlib import Path

from kerasrec.plots import Dimension, Scores, parallel_coordinates, search_effects, search_pareto, search_progress
from kerasrec_tuning.search_report import SearchReport
from kerasrec_tuning.space import Choice
from kerasrec_tuning.trials import Trial

_MAX_CHOICES = 8  # shown side by side on an axis; more are numbers on a scale


def write_pictures(folder: Path, report: SearchReport) -> list[Path]:
    """Draws the results of a search, as far as there are any.

    Args:
        folder: The folder to write to; created if missing.
        report: The report of the search.

    Returns:
        The files that were written; empty while no trial is complete.

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
    """Returns the minutes that a search had run when each trial ended, without the time when no trial was running.

    A search that was killed and continued a day later has no gap, and trials of several workers overlap.

    >>> minutes_of_search([Trial("0", "completed", {}, seconds=60, finished=60), Trial("1", "failed", {}, finished=30)])
    [1.0, 0.5]

    Args:
        trials: Trials that have ended; one without an end time gets NaN.
    """
    spans = [(t.finished - (t.seconds or 0), t.finished) for t in trials if t.finished is not None]
    return [math.nan if t.finished is None else _seconds_until(t.finished, spans) / 60 for t in trials]


def _seconds_until(moment: float, spans: Sequence[tuple[float, float]]) -> float:
    """Returns the seconds before a moment that are in at least one of the time spans."""
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
    """Returns a hyperparameter as an axis: few choices side by side, numbers on the scale they were drawn from."""
    values = [trial.hyperparameters[name] for trial in trials]
    space = report.settings.space[name]
    if not isinstance(space, Choice):
        return Dimension(name, values, log=True)
    named = any(isinstance(value, str | bool) for value in space.values)
    return Dimension(name, values, space.values if named or len(space.values) <= _MAX_CHOICES else ())
