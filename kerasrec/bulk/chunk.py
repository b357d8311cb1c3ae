"""Reads one chunk of a job to a table of readings: the same function here and on every machine of a cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kerasrec.bulk.inputs import Chunk, Unread
from kerasrec.bulk.parts import Row, make_table
from kerasrec.errors import KerasrecError
from kerasrec.images.files import ImageSource
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.recognizer.formats import clean_path, reading_fields
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.recognizer.read_images import read_images

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, eq=False)
class ReadSettings:
    """How the lines of a job are read.

    Attributes:
        run: A run folder, a recognizer's file, or the name of a recognizer of the package.
        portable: Its ONNX or LiteRT file if that is to be used; None for Keras and TensorFlow.
        policy: The Keras dtype policy to compute under.
        batch_size: The maximum number of lines to compute at once.
        beam: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.
        language_model: The language model to search with, as in `Recognizer.read`.
    """

    run: Path
    portable: Path | None
    policy: str = "float32"
    batch_size: int = 32
    beam: int = 0
    ink: str = "auto"
    language_model: LanguageModelLike | None = None


def open_reader(settings: ReadSettings, threads: int = 0) -> LineReader:
    """Opens the recognizer, once in a process.

    Args:
        settings: The settings, which name it.
        threads: The threads that a portable file is computed with; 0 for one for each core.

    Raises:
        BadRun: It is missing, incomplete, damaged or of another version.
    """
    return _open(settings.run, settings.portable, settings.policy, threads)


def read_chunk(chunk: Chunk, settings: ReadSettings, threads: int = 0) -> "pyarrow.Table":
    """Reads the pictures of a chunk.

    Args:
        chunk: The chunk.
        settings: How they are read.
        threads: The threads that a portable file is computed with; 0 for one for each core.

    Returns:
        A row for each picture, or for each page of those that have several; see `parts.make_table`.

    Raises:
        BadRun: The recognizer cannot be opened.
        DataUnavailable: Pictures cannot be fetched.
    """
    return make_table(_read(chunk, settings, open_reader(settings, threads)))


def _read(chunk: Chunk, settings: ReadSettings, reader: LineReader) -> Iterator[Row]:
    loaded = list(chunk.load())
    sources = [each for each in loaded if isinstance(each, ImageSource)]
    outcomes = read_images(reader, sources, settings.batch_size, settings.beam, settings.ink, settings.language_model)
    for each in loaded:
        path = clean_path(each.name)
        if isinstance(each, Unread):
            yield {"path": path, "error": each.reason}
            continue
        _, outcome = next(outcomes)
        if isinstance(outcome, KerasrecError):
            yield {"path": path, "error": str(outcome)}
        else:
            yield {"path": path, **reading_fields(outcome)}


@lru_cache(maxsize=1)
def _open(run: Path, portable: Path | None, policy: str, threads: int) -> LineReader:
    if portable is not None:
        return PortableRecognizer.load(portable, threads)
    from kerasrec.training.run import open_recognizer  # it loads TensorFlow

    return open_recognizer(run, policy)
