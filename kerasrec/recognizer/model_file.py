"""Saves a model to one `.keras` file, with a card next to Keras's own files that describes how to rebuild it."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasrec import __version__
from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras
from kerasrec.errors import BadRun
from kerasrec.fields import check_fields
from kerasrec.recognizer.engines import find_engine
from kerasrec.spec import LineSpec
from kerasrec.storage import write_atomically
from kerasrec.weights import PORTABLE

FORMAT = 1
_CARD = "kerasrec.json"


def write_model(path: Path, model: keras.Model, card: Mapping[str, Any]) -> None:
    """Writes a model and its card atomically.

    Args:
        path: The file to write; its name must end with `.keras`.
        model: The model.
        card: The content of the card, as JSON values.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
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
        BadRun: The file is missing or damaged, was not written by kerasrec, or has another format.
    """
    if path.suffix in PORTABLE:
        raise BadRun(f"{path} is {find_engine(path).kind}, which only reads lines. Give the run that it was made from.")
    try:
        with zipfile.ZipFile(path) as archive:
            card: dict[str, Any] = json.loads(archive.read(_CARD))
        written, version = card["format"], card["kerasrec"]
    except Exception as error:  # a damaged file can cause any error
        raise BadRun(
            f"{path} is not a recognizer of kerasrec ({error}). Give the folder of a finished `kerasrec train`."
        ) from error
    if written != FORMAT:
        raise BadRun(
            f"{path} has format {written!r} of kerasrec {version}, but this is kerasrec "
            f"{__version__} with format {FORMAT}. Use the version that wrote it, or train again."
        )
    return card


def check_card(card: Mapping[str, Any]) -> None:
    """Raises KeyError or TypeError if a card lacks what is needed to rebuild a recognizer of lines."""
    check_fields(LineSpec, card["spec"])
    check_fields(Alphabet, {"characters": card["alphabet"]})
    if not isinstance(card["settings"], dict):
        raise TypeError(f"settings are {card['settings']!r}")
