"""From KerasTuner's trials to those of a search's folder."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from keras_tuner.engine.trial import TrialStatus

from kerasrec_tuning.trials import Trial

HYPERBAND_EPOCHS = 9
"""Into how many parts Hyperband divides a trial's budget: it gives 1, 3 or all 9 of them."""


def new_record(trial: Any, names: Iterable[str]) -> Trial:
    """The record of a trial that begins.

    Args:
        trial: KerasTuner's.
        names: Of the hyperparameters; KerasTuner keeps notes of its own among the values.
    """
    values = trial.hyperparameters.values
    point = {name: values[name] for name in names}
    return Trial(trial.trial_id, "running", point, share=budget_share(values), starts=0)


def ended_record(record: Trial, trial: Any) -> Trial:
    """The record of a trial that has ended; its time is now, unless the record knows better.

    Args:
        record: From when the trial ran.
        trial: KerasTuner's.
    """
    reached = {name: trial.metrics.get_best_value(name) for name in trial.metrics.metrics}
    return replace(
        record,
        status="completed" if trial.status == TrialStatus.COMPLETED else "failed",
        val_cer=_rounded(reached.get("val_cer"), 6),
        ms_per_line=_rounded(reached.get("ms_per_line"), 4),
        seconds=_rounded(reached.get("seconds"), 2),
        lines=round(reached["lines"]) if "lines" in reached else None,
        finished=record.finished or round(time.time(), 2),
        reason=trial.message,
    )


def budget_share(values: dict[str, Any]) -> float:
    """The share of the budget that a trial with these values has: all of it, unless Hyperband says less."""
    return values.get("tuner/epochs", HYPERBAND_EPOCHS) / HYPERBAND_EPOCHS


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
