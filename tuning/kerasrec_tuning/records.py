"""Turns KerasTuner's trials into those of a search's folder, and back if its own file is lost."""

import json
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_tuner.engine.trial import Trial as KerasTunerTrial
from keras_tuner.engine.trial import TrialStatus

from kerasrec_tuning.trials import Trial

_METRICS = ("val_cer", "ms_per_line", "seconds", "lines")
_STATUS = {"completed": TrialStatus.COMPLETED, "failed": TrialStatus.FAILED, "running": TrialStatus.RUNNING}

HYPERBAND_EPOCHS = 9
"""The number of parts into which Hyperband divides a trial's budget; a trial gets 1, 3 or all 9 of them."""


def new_record(trial: Any, names: Iterable[str]) -> Trial:
    """Returns the record of a trial that starts.

    Args:
        trial: KerasTuner's trial.
        names: The names of the hyperparameters; KerasTuner keeps its own notes among the values.
    """
    values = trial.hyperparameters.values
    point = {name: values[name] for name in names}
    return Trial(trial.trial_id, "running", point, share=budget_share(values), starts=0)


def ended_record(record: Trial, trial: Any) -> Trial:
    """Returns the record of a trial that has ended. The end is now, unless the record already has one.

    Args:
        record: The record of the running trial.
        trial: KerasTuner's trial.
    """
    metrics = {name: trial.metrics.get_best_value(name) for name in trial.metrics.metrics}
    return replace(
        record,
        status="completed" if trial.status == TrialStatus.COMPLETED else "failed",
        val_cer=_rounded(metrics.get("val_cer"), 6),
        ms_per_line=_rounded(metrics.get("ms_per_line"), 4),
        seconds=_rounded(metrics.get("seconds"), 2),
        lines=round(metrics["lines"]) if "lines" in metrics else None,
        finished=record.finished or round(time.time(), 2),
        reason=trial.message,
    )


def is_readable(file: Path) -> bool:
    """Returns whether the file of a KerasTuner trial is there and undamaged."""
    try:
        trial = KerasTunerTrial.from_state(json.loads(file.read_text(encoding="utf-8")))
    except Exception:  # a damaged file can cause any error
        return False
    return trial.status in _STATUS.values()


def restored_trial(record: Trial, hyperparameters: Any) -> Any:
    """Returns KerasTuner's trial without its score, made of its record.

    Args:
        record: The record of the trial.
        hyperparameters: KerasTuner's hyperparameters of the search.
    """
    point = hyperparameters.copy()
    point.values = {**point.values, **record.hyperparameters}
    if record.share < 1:
        point.values["tuner/epochs"] = round(record.share * HYPERBAND_EPOCHS)
    trial = KerasTunerTrial(point, record.id, _STATUS[record.status], record.reason)
    for name in _METRICS:
        if (value := getattr(record, name)) is not None:
            trial.metrics.update(name, value)
    return trial


def budget_share(values: dict[str, Any]) -> float:
    """Returns the share of the budget of a trial with these values: 1, unless Hyperband chose less."""
    return values.get("tuner/epochs", HYPERBAND_EPOCHS) / HYPERBAND_EPOCHS


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
