"""Training in parts: whether a folder holds the run that is asked for, and how far one training takes it.

A run is limited to some minutes by ending its training early, which leaves its budget in epochs as it is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from kerasrec.errors import UsageError
from kerasrec.training.callbacks import StopWhen


def refuse_fewer_epochs(folder: Path, trained: int, asked: int) -> None:
    """Raises UsageError if a folder holds more epochs than are asked for, which would be lost."""
    if trained > asked:
        raise UsageError(f"{folder} holds {trained} trained epochs, and {asked} are asked for. Choose another --out.")


def refuse_other_settings(folder: Path, there: Any, asked: Any) -> None:
    """Compares the settings of the run in a folder with those that are asked for.

    The epochs may differ: the labs' learning rate is constant, so that a run can always go on.

    Args:
        folder: The run's.
        there: A dataclass of settings.
        asked: Another one of the same class.

    Raises:
        UsageError: They differ in something else.
    """
    values = {name: (value, vars(asked)[name]) for name, value in vars(there).items() if name != "epochs"}
    differing = [f"{name} is {one!r}, not {other!r}" for name, (one, other) in values.items() if one != other]
    if differing:
        raise UsageError(f"{folder} holds a run with other settings: {'; '.join(differing)}. Choose another --out.")


def stop_after(minutes: float | None) -> keras.callbacks.Callback:
    """Makes the callback that ends a training after the epoch in which its minutes are over; None has no limit.

    It finds the seconds of training, those before a resume included, in the logs.
    """
    return StopWhen(lambda logs: _is_out_of_time(logs, minutes))


def how_it_ended(history: Sequence[Mapping[str, float]], complete: bool, minutes: float | None) -> str:
    """Why a training has ended, "epochs" or "minutes"; "" where it has not.

    Args:
        history: A row for each epoch.
        complete: Whether nothing of the budget is left.
        minutes: The limit.
    """
    if not history:
        return ""
    if complete:
        return "epochs"
    return "minutes" if _is_out_of_time(history[-1], minutes) else ""


def _is_out_of_time(row: Mapping[str, float], minutes: float | None) -> bool:
    return minutes is not None and row["seconds"] >= 60 * minutes
