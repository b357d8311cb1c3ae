"""A model in one `.keras` file, with a card beside Keras's own members that says how to build it anew."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from kerasrec import __version__
from kerasrec.errors import BadRun
from kerasrec.storage import write_atomically

FORMAT = 1
DAMAGE = (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError)
"""What Python and Keras raise for a file that is missing, damaged or something else."""

_CARD = "kerasrec.json"


def write_model(path: Path, model: keras.Model, card: Mapping[str, Any]) -> None:
    """Writes a model and its card, whole or not at all.

    Args:
        path: A file whose name ends with `.keras`.
        model: The model.
        card: Plain values of JSON.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    text = json.dumps({"format": FORMAT, "kerasrec": __version__, **card}, ensure_ascii=False)

    def write(file: Path) -> None:
        model.save(file)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(_CARD, text)

    write_atomically(path, write)


def read_card(path: Path) -> dict[str, Any]:
    """Reads the card of a model.

    Raises:
        BadRun: The file is missing, damaged, not of kerasrec, or of another format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            card: dict[str, Any] = json.loads(archive.read(_CARD))
        written, version = card["format"], card["kerasrec"]
    except DAMAGE as error:
        raise BadRun(
            f"{path} is not a recognizer of kerasrec ({error}). Give the folder of a finished `kerasrec train`."
        ) from error
    if written != FORMAT:
        raise BadRun(
            f"{path} has format {written!r} of kerasrec {version}, but this is kerasrec "
            f"{__version__} with format {FORMAT}. Use the version that wrote it, or train again."
        )
    return card
