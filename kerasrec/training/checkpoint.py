"""All that a training run needs to go on after a kill: every variable and the counters, in one file."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasrec.errors import BadRun
from kerasrec.storage import write_atomically

_STATE = "state"
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What NumPy raises for a file that is missing, damaged or something else."""


def save_checkpoint(path: Path, model: keras.Model, state: dict[str, Any]) -> None:
    """Writes the variables of a compiled model, its optimizer's and its random generators' included, and a state.

    Args:
        path: An .npz file, written whole or not at all.
        model: The model in training.
        state: Plain values of JSON.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    arrays = {str(number): variable.numpy() for number, variable in enumerate(_variables(model))}
    arrays[_STATE] = np.array(json.dumps(state))
    write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def load_state(path: Path) -> dict[str, Any]:
    """Reads the state that `save_checkpoint` wrote.

    Raises:
        BadRun: The file is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            state: dict[str, Any] = json.loads(str(arrays[_STATE]))
    except _DAMAGE as error:
        raise _bad(path, error) from error
    return state


def load_checkpoint(path: Path, model: keras.Model) -> None:
    """Gives a compiled model the variables that `save_checkpoint` wrote.

    Raises:
        BadRun: The file is missing or damaged, or was written for another model.
    """
    variables = _variables(model)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if len(arrays.files) != len(variables) + 1:
                raise ValueError(f"it holds {len(arrays.files) - 1} variables, and the model has {len(variables)}")
            for number, variable in enumerate(variables):
                values, shape = arrays[str(number)], tuple(variable.shape)
                if values.shape != shape:
                    raise ValueError(f"it holds {variable.name} of shape {values.shape}, and the model's has {shape}")
                variable.assign(values)
    except _DAMAGE as error:
        raise _bad(path, error) from error


def _bad(path: Path, error: Exception) -> BadRun:
    return BadRun(f"{path} is no checkpoint of this run: {error}. Train again, with another --out.")


def _variables(model: keras.Model) -> list[keras.Variable]:
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
