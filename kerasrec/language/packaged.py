"""Opens language models: those of the package by name, others by their file."""

import os
from functools import lru_cache
from pathlib import Path

from kerasrec.errors import BadLanguageModel, UsageError
from kerasrec.language.defaults import BONUS, WEIGHT
from kerasrec.language.model import SUFFIX, LanguageModel
from kerasrec.language.words import WordList

LanguageModelLike = LanguageModel | WordList | str | os.PathLike[str]
"""A language model, the name of one of the package such as "english", the path of a .klm file, or a `WordList`."""

_FOLDER = Path(__file__).parent


def list_names() -> list[str]:
    """Returns the names of the language models in the package."""
    return sorted(file.stem for file in _FOLDER.glob(f"*{SUFFIX}"))


def open_language_model(
    model: LanguageModelLike, weight: float = WEIGHT, bonus: float = BONUS
) -> LanguageModel | WordList:
    """Opens a language model; a file that was opened recently is not read again.

    Args:
        model: The name of a model of the package, or the path of a .klm file. A `LanguageModel` or a
            `WordList` is returned unchanged.
        weight: How much the model counts beside a recognizer.
        bonus: What each character adds to the score of a text.

    Raises:
        UsageError: There is no such model, or the weight or the bonus is out of range.
        BadLanguageModel: The file is damaged, or is not a language model.
    """
    if isinstance(model, LanguageModel | WordList):
        return model
    name = os.fspath(model)
    path = _FOLDER / f"{name}{SUFFIX}" if name in list_names() else Path(name)
    if not path.exists():
        raise UsageError(
            f"There is no language model {name!r}. Give {', '.join(list_names())}, or a file (NAME{SUFFIX}) that "
            "exists; `kerasrec language-model build` makes one of your own texts."
        )
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise BadLanguageModel(f"{path} cannot be read ({error.strerror}). Check its permissions.") from error
    return _load(path.absolute(), changed, weight, bonus)


@lru_cache(maxsize=4)
def _load(path: Path, changed: int, weight: float, bonus: float) -> LanguageModel:
    return LanguageModel.load(path, weight=weight, bonus=bonus)
