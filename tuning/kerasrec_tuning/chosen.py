"""Hyperparameters found by a search, as a file that `kerasrec train` takes; those of kerasrec's own models by name."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasrec import __version__
from kerasrec.errors import UsageError
from kerasrec.storage import write_json
from kerasrec_tuning.errors import BadChosen
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.space import TRAINING_NAMES, Space, model_space
from kerasrec_tuning.trials import Trial, Value

CHOSEN_FOLDER = Path(__file__).parent / "best"
"""The folder of the hyperparameters found for kerasrec's own models: one JSON file per model."""


@dataclass(frozen=True)
class Chosen:
    """The hyperparameters found by a search.

    Attributes:
        model: A name in `MODELS`.
        architecture: The hyperparameters of the model.
        training: The hyperparameters of its training, by their names in `TrainSettings`.
    """

    model: str
    architecture: dict[str, Value]
    training: dict[str, Value]


def card(folder: SearchFolder, best: Trial) -> dict[str, Any]:
    """Returns what a search found, and under which conditions, as plain values."""
    settings, default = folder.settings(), folder.default()
    train = settings.train
    return {
        "model": train.model,
        "hyperparameters": best.hyperparameters,
        "val_cer": best.val_cer,
        "ms_per_line": best.ms_per_line,
        "default_val_cer": default.val_cer if default else None,
        "default_ms_per_line": default.ms_per_line if default else None,
        "budget": {"minutes": settings.minutes} if settings.minutes is not None else {"lines": settings.lines},
        "trials": len(folder.trials()),
        "data": {
            "glyphs": train.glyphs,
            "text": train.text,
            "height": train.spec.height,
            "max_length": train.spec.max_length,
            "augment": train.augment,
        },
        "command": folder.command(),
        "machine": folder.machine(),
        "kerasrec": __version__,
    }


def write_card(folder: SearchFolder, best: Trial, file: Path) -> None:
    """Writes the best trial of a search as a file that `load_chosen` reads; raises CannotWrite."""
    write_json(file, card(folder, best))


def load_chosen(name: str) -> Chosen:
    """Loads hyperparameters from a file, from the folder of a search, or by the name of a file in `CHOSEN_FOLDER`.

    The precision is left out: the best one depends on the machine, so each training chooses it again.

    Raises:
        UsageError: There is no such file, folder or name.
        BadChosen: The file is damaged or has no hyperparameters of a model.
        BadRun: The folder is not a search, or is damaged.
    """
    if not name:
        raise UsageError("Expected hyperparameters, but received an empty name. Give the best.json of a search.")
    path = Path(name).expanduser()
    if path.is_dir():
        return _best_so_far(SearchFolder.open(path))
    file = path if path.exists() else _find(name)
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        model, found = values["model"], dict(values["hyperparameters"])
    except Exception as error:  # a damaged file can cause any error
        raise BadChosen(
            f"{file} has no hyperparameters of a search ({type(error).__name__}: {error}). "
            "Give the best.json of a `kerasrec tune search`."
        ) from error
    try:
        space = model_space(model)
    except (UsageError, TypeError) as error:
        reason = error if isinstance(error, UsageError) else "Give another file."
        raise BadChosen(f"{file} is for the model {model!r}, which kerasrec does not have. {reason}") from error
    for each, value in found.items():
        _check(file, model, space, each, value)
    return _split(model, found)


def _best_so_far(folder: SearchFolder) -> Chosen:
    best = folder.best()
    if best is None:
        raise UsageError(f"The search in {folder.path} has no best trial yet. Wait for one, or start another search.")
    return _split(folder.settings().train.model, best.hyperparameters)


def _split(model: str, found: dict[str, Value]) -> Chosen:
    training = {each: value for each, value in found.items() if each in TRAINING_NAMES and each != "precision"}
    return Chosen(model, {each: value for each, value in found.items() if each not in TRAINING_NAMES}, training)


def _check(file: Path, model: str, space: Space, name: str, value: object) -> None:
    """Raises BadChosen if the model has no such hyperparameter, or if its value has the wrong type."""
    if name not in space:
        raise BadChosen(f"{file} has a hyperparameter {name!r}, but {model} has {', '.join(space)}. Give another file.")
    default = space[name].default
    if type(value) is not type(default) and (type(value), type(default)) != (int, float):
        raise BadChosen(f"{name} in {file} must be a value like {default!r}, but is {value!r}. Correct it.")


def _find(name: str) -> Path:
    by_name = {found.stem: found for found in sorted(CHOSEN_FOLDER.glob("*.json"))}
    if name not in by_name:
        known = f"one of {', '.join(by_name)}, or " if by_name else ""
        raise UsageError(
            f"There is no file {name!r}, and no hyperparameters of that name. Give {known}the best.json of a "
            "`kerasrec tune search`."
        )
    return by_name[name]
