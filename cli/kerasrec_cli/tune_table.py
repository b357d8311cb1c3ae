"""A search as text and a table."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kerasrec_cli.table import format_table

if TYPE_CHECKING:
    from kerasrec_tuning.search_report import SearchReport
    from kerasrec_tuning.trials import Trial, Value

_WIDTH = 100  # columns of the output, except tables
_REASONS = 5  # kinds of reasons listed for refused points
_CHANCE = 0.05  # share of the default's CER: two seeds of one model differ by about as much on 1000 lines
_NOTHING = "-"


def describe_search(report: "SearchReport") -> Iterator[str]:
    """Yields lines of text about a search: its settings, the results of its trials, and what went wrong."""
    yield from _describe_settings(report)
    if report.trials:
        yield ""
        yield from _trial_table(report)
    failed = [f"{trial.id}  {trial.reason}" for trial in report.trials if trial.status == "failed"]
    yield from _section("Failed trials:", failed)
    yield from _section("Points refused without a trial:", _refused(report))
    yield ""
    yield from _wrap(_verdict(report))


def _describe_settings(report: "SearchReport") -> Iterator[str]:
    settings, counts = report.settings, report.counts
    budget = f"{settings.minutes:g} minutes" if settings.minutes is not None else f"{settings.lines:,} lines"
    limit = settings.max_ms_per_line
    under = "" if limit is None else f", at most {limit:g} ms to read a line"
    train = settings.train
    yield from _wrap(
        f"{settings.strategy} search for {train.model} on {train.glyphs} glyphs and {train.text} text, "
        f"{budget} per trial{under}"
    )
    done = ", ".join(f"{counts[status]} {status}" for status in ("completed", "failed", "running") if counts[status])
    yield f"{len(report.trials)} of {settings.trials} trials{': ' if done else ''}{done}"
    if report.fixed:
        yield from _wrap(
            "the same in all trials: " + ", ".join(f"{name} {_write(v)}" for name, v in report.fixed.items())
        )


def _trial_table(report: "SearchReport") -> Iterator[str]:
    """One row per trial; the head has two rows, as names of hyperparameters are long and their values short."""
    workers = {trial.worker for trial in report.trials}
    names = [*report.varying, *(["worker"] if len(workers) > 1 else [])]
    columns = ["rank_", "trial_", "_", "val_CER", "ms/_line", "_seconds", "_lines", *names]
    heads = [name.partition("_")[::2] for name in columns]
    rows = [list(_row(report, number, trial, len(workers) > 1)) for number, trial in enumerate(report.trials, 1)]
    return format_table([above for above, _ in heads], [[below for _, below in heads], *rows], left=3)


def _row(report: "SearchReport", number: int, trial: "Trial", with_worker: bool) -> Iterator[str]:
    yield str(number) if report.standing(trial) == "ranked" else _NOTHING
    yield trial.id
    yield _note(report, trial)
    yield _NOTHING if trial.val_cer is None else f"{trial.val_cer:.2%}"
    yield _NOTHING if trial.ms_per_line is None else f"{trial.ms_per_line:.2f}"
    yield _NOTHING if trial.seconds is None else f"{trial.seconds:,.0f}"
    yield _NOTHING if trial.lines is None else f"{trial.lines:,}"
    for name in report.varying:
        yield _write(trial.hyperparameters[name])
    if with_worker:
        yield trial.worker or _NOTHING


def _note(report: "SearchReport", trial: "Trial") -> str:
    """Returns remarks on a trial beside its figures."""
    standing = report.standing(trial)
    notes = ["best"] if trial == report.best else []
    notes += ["default"] if report.is_default(trial) else []
    notes += [standing] if standing in ("too slow", "failed", "running") else []
    notes += [f"{trial.share:.0%} of the budget"] if trial.share < 1 else []
    return ", ".join(notes)


def _refused(report: "SearchReport") -> Iterator[str]:
    """Yields how often points were refused for each kind of reason, with the first reason of that kind.

    Reasons that differ only in their numbers are of the same kind.
    """
    kinds: dict[str, list[str]] = {}
    for point in report.refused:
        kinds.setdefault(re.sub(r"\d[\d.,]*", "", point.reason), []).append(point.reason)
    ranked = sorted(kinds.values(), key=len, reverse=True)
    for reasons in ranked[:_REASONS]:
        yield f"{len(reasons):,} x  {reasons[0]}"
    if others := sum(map(len, ranked[_REASONS:])):
        yield f"{others:,} x  for other reasons"


def _verdict(report: "SearchReport") -> str:
    """Returns which trial is the best and how it compares with the default, or why there is none."""
    best, default = report.best, report.default
    if best is None:
        return _no_best(report)
    reached = f"The best is trial {best.id}: {best.val_cer:.2%} val CER."
    if default is None:
        return f"{reached} The default was not trained with the whole budget, so there is nothing to compare with."
    if best == default:
        return f"{reached} It is the default: no other trial is better yet."
    gain = report.gain or 0.0
    chance = " So small a difference may be chance: train both in full to find out." if 0 <= gain < _CHANCE else ""
    return (
        f"{reached} That is {abs(gain):.1%} {'more' if gain < 0 else 'less'} than the default's {default.val_cer:.2%} "
        f"with the same budget.{chance} It reads a line in {best.ms_per_line:.2f} ms, the default in "
        f"{default.ms_per_line:.2f} ms."
    )


def _no_best(report: "SearchReport") -> str:
    counts = report.counts
    if not report.trials:
        return "No trial has started yet."
    if not counts["completed"]:
        running = f"{counts['running']} running" if counts["running"] else "none running"
        return f"No trial is complete yet: {running}, {counts['failed']} failed."
    standings = [report.standing(trial) for trial in report.trials]
    slow, smaller = standings.count("too slow"), standings.count("smaller budget")
    why = [f"{slow} read too slowly"] if slow else []
    why += [f"{smaller} had a smaller budget"] if smaller else []
    return f"None of the {counts['completed']} completed trials can win: {', '.join(why)}."


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [line for item in items for line in _wrap(item, "  ")]
    if lines:
        yield from ("", title, *lines)


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=2 * indent)


def _write(value: "Value") -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
