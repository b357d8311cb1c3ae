"""All that a training run needs to go on after a kill: every variable and the counters, in one file."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasrec.errors import BadRun
from kerasrec.storage import write_atomically

_STATE = "state"


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


def load_checkpoint(path: Path, model: keras.Model) -> dict[str, Any]:
    """Gives a compiled model the variables that `save_checkpoint` wrote, and returns the state.

    Raises:
        BadRun: The file is missing or damaged, or was written for another model.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for number, variable in enumerate(_variables(model)):
                variable.assign(arrays[str(number)])
            state: dict[str, Any] = json.loads(str(arrays[_STATE]))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise BadRun(f"{path} is no checkpoint of this run ({error}). Start again without --resume.") from error
    return state


def _variables(model: keras.Model) -> list[keras.Variable]:
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
