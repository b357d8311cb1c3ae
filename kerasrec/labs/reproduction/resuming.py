"""Training in parts: checks that a folder holds the requested run, and limits a training to some minutes.

A time limit stops a training early and does not change its budget, which is in epochs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kerasrec.backend import keras
from kerasrec.errors import UsageError
from kerasrec.training.callbacks import StopWhen


def refuse_fewer_epochs(folder: Path, trained: int, requested: int) -> None:
    """Raises UsageError if a folder holds more epochs than requested, since they would be lost."""
    if trained > requested:
        raise UsageError(
            f"{folder} holds {trained} trained epochs, more than the {requested} requested. Choose another --out."
        )


def refuse_other_settings(folder: Path, existing: Any, requested: Any) -> None:
    """Compares the settings of the run in a folder with the requested ones.

    The epochs may differ: the labs' learning rate is constant, so a run can always continue.

    Args:
        folder: The folder of the run.
        existing: The run's settings, a dataclass.
        requested: The requested settings, of the same class.

    Raises:
        UsageError: They differ in anything else.
    """
    values = {name: (value, vars(requested)[name]) for name, value in vars(existing).items() if name != "epochs"}
    differing = [f"{name} is {one!r}, not {other!r}" for name, (one, other) in values.items() if one != other]
    if differing:
        raise UsageError(f"{folder} holds a run with other settings: {'; '.join(differing)}. Choose another --out.")


def stop_after(minutes: float | None) -> keras.callbacks.Callback:
    """Returns a callback that stops training after the epoch in which a time limit is reached; None sets no limit.

    The callback reads the seconds of training, including those before a resume, from the logs.
    """
    return StopWhen(lambda logs: _is_out_of_time(logs, minutes))


def end_reason(history: Sequence[Mapping[str, float]], complete: bool, minutes: float | None) -> str:
    """Returns why a training has ended, "epochs" or "minutes"; "" if it has not.

    Args:
        history: The history, a row for each epoch.
        complete: Whether the budget is spent.
        minutes: The time limit.
    """
    if not history:
        return ""
    if complete:
        return "epochs"
    return "minutes" if _is_out_of_time(history[-1], minutes) else ""


def _is_out_of_time(row: Mapping[str, float], minutes: float | None) -> bool:
    return minutes is not None and row["seconds"] >= 60 * minutes
