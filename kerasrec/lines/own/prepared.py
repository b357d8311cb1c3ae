"""Prepared lines: pictures made into canonical lines once, and kept in files that are mapped into memory."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np

from kerasrec.errors import BadImage, CannotWrite
from kerasrec.images import canonical
from kerasrec.images.compiled import make_line
from kerasrec.images.loading import load_image
from kerasrec.lines.glyphs.cache import code_digest, describe_files
from kerasrec.lines.own.files import OwnLine, Problem
from kerasrec.spec import GLYPH_SIZE
from kerasrec.storage import cache_folder, keep_newest, scratch_folder, sync_tree

_LOG = logging.getLogger("kerasrec")
_KEPT = 32  # a run may use several: its lines, and those to validate and to test on
_THREADS = min(4, os.cpu_count() or 1)
_CODE = sorted(Path(canonical.__file__).parent.glob("*.py"))


@dataclass(frozen=True, eq=False)
class PreparedLines:
    """N canonical lines with their texts; the pixels may lie on disk.

    Attributes:
        lines: The N lines that they were made from.
        widths: (N,) int32, in px.
        pixels: The column files, each (columns, H) uint8, ink 255 on 0.
        places: (N, 2) int64, the number of each line's file and its first column there.
    """

    lines: Sequence[OwnLine]
    widths: np.ndarray
    pixels: Sequence[np.ndarray]
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)

    def columns(self, number: int) -> np.ndarray:
        """Returns a line, column by column: (W, H) uint8."""
        file, first = self.places[number]
        return self.pixels[file][first : first + self.widths[number]]

    def select(self, numbers: Sequence[int]) -> Self:
        """Selects lines by their numbers."""
        chosen = [self.lines[number] for number in numbers]
        index = np.asarray(numbers, np.int64)
        return type(self)(chosen, self.widths[index], self.pixels, self.places[index])

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Joins the lines of several sources, in order."""
        shifts = np.cumsum([0, *(len(part.pixels) for part in parts)])
        places = [part.places + np.array([shift, 0]) for part, shift in zip(parts, shifts, strict=False)]
        return cls(
            [line for part in parts for line in part.lines],
            np.concatenate([part.widths for part in parts]),
            [pixels for part in parts for pixels in part.pixels],
            np.concatenate(places),
        )


def prepare(
    lines: Sequence[OwnLine], height: int = GLYPH_SIZE, ink: str = "auto"
) -> tuple[PreparedLines, list[Problem]]:
    """Makes canonical lines of pictures, or reads them from the cache if they were made before.

    The 32 sources that were used last are kept there.

    Args:
        lines: The lines; their texts are not part of what is kept, and may change.
        height: The height of a canonical line in px.
        ink: Whether their ink is "dark" or "light"; "auto" finds out for each picture.

    Returns:
        The lines whose pictures can be read and have ink, in order, and what is wrong with the others.

    Raises:
        CannotWrite: The cache folder is not writable, or its disk is full; nothing is left half written.
    """
    folder = cache_folder() / "lines" / _key(lines, height, ink)
    found = _read_or_make(folder, lines, height, ink)
    keep_newest(folder, "[!.]*", _KEPT)
    return found


def _read_or_make(folder: Path, lines: Sequence[OwnLine], height: int, ink: str) -> tuple[PreparedLines, list[Problem]]:
    try:
        return _read(folder, lines, height)
    except FileNotFoundError:
        pass
    except Exception as error:  # a damaged file can cause any error
        _LOG.warning("The prepared lines in %s cannot be read (%s) and are made again.", folder, error)
    if len(lines) > 500:
        _LOG.warning("Preparing %s lines, only once.", f"{len(lines):,}")
    try:
        _write(folder, lines, height, ink)
    except OSError as error:
        raise CannotWrite(
            f"The prepared lines could not be written to {folder.parent}: {error.strerror or error}. Free some space "
            "there, or make it writable."
        ) from error
    return _read(folder, lines, height)


def _key(lines: Sequence[OwnLine], height: int, ink: str) -> str:
    files = describe_files(line.image for line in lines)
    order = [str(line.image.resolve()) for line in lines]
    values = [height, ink, code_digest(*map(str, _CODE), __file__), files, order]
    return hashlib.sha256(json.dumps(values).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _write(folder: Path, lines: Sequence[OwnLine], height: int, ink: str) -> None:
    """Writes the columns of all lines to one file, and their widths and problems to another."""
    with scratch_folder(folder.parent, "prepared") as hidden:
        filled = hidden / folder.name
        filled.mkdir()
        with (filled / "columns.u8").open("wb") as file:
            outcomes = [_append(file, outcome) for outcome in _make_lines(lines, height, ink)]
        (filled / "lines.json").write_text(json.dumps(outcomes), encoding="utf-8")
        sync_tree(filled)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            filled.rename(folder)
        except OSError:
            if not folder.exists():  # another process may have written the same lines meanwhile
                raise


def _append(file: BinaryIO, outcome: np.ndarray | str) -> int | str:
    """Appends a line's columns; returns its width, or the reason why there is none."""
    if isinstance(outcome, str):
        return outcome
    if not outcome.any():
        return "no ink is found in it; `kerasrec read --explain` shows why"
    file.write(np.ascontiguousarray(outcome.T).tobytes())
    return outcome.shape[1]


def _make_lines(lines: Sequence[OwnLine], height: int, ink: str) -> Iterator[np.ndarray | str]:
    def make(line: OwnLine) -> np.ndarray | str:
        try:
            return make_line(load_image(line.image, str(line.image)), height, ink).pixels
        except (BadImage, OSError) as error:
            return str(error).removeprefix(f"{line.image} ")

    with ThreadPoolExecutor(_THREADS) as pool:
        yield from pool.map(make, lines)


def _read(folder: Path, lines: Sequence[OwnLine], height: int) -> tuple[PreparedLines, list[Problem]]:
    outcomes: list[int | str] = json.loads((folder / "lines.json").read_text(encoding="utf-8"))
    if not all(type(outcome) is str or (type(outcome) is int and outcome > 0) for outcome in outcomes):
        raise ValueError("it has other values than widths and problems")
    good = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, int)]
    widths = np.array([outcomes[number] for number in good], np.int32)
    columns = int(widths.sum())
    if len(outcomes) != len(lines):
        raise ValueError(f"it has {len(outcomes)} lines, not {len(lines)}")
    file = folder / "columns.u8"
    if file.stat().st_size != columns * height:
        raise ValueError(f"it has {file.stat().st_size} bytes, not {columns * height}")
    shape = (columns, height)
    pixels = np.memmap(file, np.uint8, "r", shape=shape) if columns else np.zeros(shape, np.uint8)
    first = np.concatenate([[0], np.cumsum(widths, dtype=np.int64)])[: len(good)]
    places = np.stack([np.zeros_like(first), first], axis=1)
    problems = [
        Problem(line.image, outcome, "no line found in the picture")
        for line, outcome in zip(lines, outcomes, strict=True)
        if isinstance(outcome, str)
    ]
    return PreparedLines([lines[number] for number in good], widths, [pixels], places), problems
