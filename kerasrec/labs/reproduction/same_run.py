"""Whether a folder holds the run that is asked for, so that it can go on."""

from pathlib import Path
from typing import Any

from kerasrec.errors import UsageError


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
