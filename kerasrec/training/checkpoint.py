"""Checkpoints: one file with every variable and counter that a killed run needs to continue."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from kerasrec.backend import keras
from kerasrec.errors import BadRun
from kerasrec.storage import write_atomically

_STATE = "state"


def save_checkpoint(path: Path, model: keras.Model, state: dict[str, Any]) -> None:
    """Writes a state and all variables of a compiled model, including its optimizer's and random generators'.

    Args:
        path: The .npz file, which is written completely or not at all.
        model: The compiled model.
        state: The state, as plain JSON values.

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
    except Exception as error:  # a damaged file can cause any error
        raise bad_checkpoint(path, error) from error
    return state


def load_checkpoint(path: Path, model: keras.Model) -> None:
    """Loads the variables that `save_checkpoint` wrote into a compiled model.

    Raises:
        BadRun: The file is missing or damaged, or was written for another model.
    """
    variables, loaded = _variables(model), []
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if len(arrays.files) != len(variables) + 1:
                raise ValueError(f"it holds {len(arrays.files) - 1} variables, but the model has {len(variables)}")
            for number, variable in enumerate(variables):
                values, shape = arrays[str(number)], tuple(variable.shape)
                if values.shape != shape:
                    raise ValueError(f"it holds {variable.name} of shape {values.shape}, but the model's has {shape}")
                if values.dtype != variable.dtype:
                    raise ValueError(f"it holds {variable.name} as {values.dtype}, but the model's is {variable.dtype}")
                loaded.append(values)
    except Exception as error:  # a damaged file can cause any error
        raise bad_checkpoint(path, error) from error
    for variable, values in zip(variables, loaded, strict=True):
        variable.assign(values)


def bad_checkpoint(path: Path, error: Exception) -> BadRun:
    """Returns the error for a file that is not a checkpoint of the run."""
    return BadRun(f"{path} is not a checkpoint of this run: {error}. Train again with another --out.")


def pack_variables(model: keras.Model) -> str:
    """Returns all variables that a checkpoint holds as a text, for `unpack_variables`."""
    file = io.BytesIO()
    np.savez(file, *(variable.numpy() for variable in _variables(model)), allow_pickle=False)
    return base64.b64encode(file.getvalue()).decode()


def unpack_variables(text: str, model: keras.Model) -> None:
    """Sets all variables of a model of the same kind."""
    with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as arrays:
        for variable, name in zip(_variables(model), arrays.files, strict=True):
            variable.assign(arrays[name])


def copy_variables(source: keras.Model, target: keras.Model) -> None:
    """Copies all variables that a checkpoint holds to a model of the same kind, which may be on other devices."""
    for variable, copy in zip(_variables(source), _variables(target), strict=True):
        copy.assign(variable.numpy())


def _variables(model: keras.Model) -> list[keras.Variable]:
    if not model.optimizer.built:  # float16's optimizer would replace its loss scale by a new one
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
