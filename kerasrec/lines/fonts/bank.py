"""A bank of fonts: every character of each font, drawn once, in disjoint pools for training, validation and test."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from PIL import __version__ as pillow_version
from PIL import features

from kerasrec.errors import UsageError
from kerasrec.lines.fonts import drawing
from kerasrec.lines.fonts import files as font_files
from kerasrec.lines.fonts.drawing import ROWS, draw_font, open_font
from kerasrec.lines.fonts.files import find_fonts, find_problem
from kerasrec.lines.glyphs.cache import cached_bank, code_digest, describe_files
from kerasrec.lines.randomness import hash_name

_LOG = logging.getLogger("kerasrec")

_CODE = (__file__, font_files.__file__, drawing.__file__)  # a bank is drawn again if it changes
_HELD_OUT = 0.1  # of the families, for validation and again for the test


@dataclass(frozen=True, eq=False)
class FontPool:
    """C characters in S fonts, each drawn as a run of columns of pixels.

    Attributes:
        names: The S names of the fonts.
        characters: The C characters, in ascending code point order.
        columns: (N, ROWS) uint8, ink 255 on 0: the columns of all drawn characters.
        offsets: (S, C) int32, the first column of each character.
        widths: (S, C) int32, its number of columns: 0 for a space, -1 for a character that the font lacks.
        bearings: (S, C) int32, its first column in px from the pen.
        advances: (S, C) int32, how far the pen moves in px.
        tops: (S, C) int32, its first row with ink.
        bottoms: (S, C) int32, one past its last row with ink.
        kerning: (S, C, C) int8, by how many px the pen moves further between two characters.
    """

    names: tuple[str, ...]
    characters: str
    columns: np.ndarray
    offsets: np.ndarray
    widths: np.ndarray
    bearings: np.ndarray
    advances: np.ndarray
    tops: np.ndarray
    bottoms: np.ndarray
    kerning: np.ndarray

    @classmethod
    def draw(cls, files: Sequence[Path], characters: str) -> Self:
        """Draws all characters of all fonts."""
        drawn = [draw_font(file, characters) for file in files]
        counts = np.array([len(each["columns"]) for each in drawn])
        firsts = np.cumsum(counts) - counts
        arrays = {
            field.name: np.stack([each[field.name] for each in drawn])
            for field in fields(cls)
            if field.name not in ("names", "characters", "columns")
        }
        arrays["offsets"] += firsts[:, None].astype(np.int32)
        columns = np.concatenate([each["columns"] for each in drawn])
        return cls(tuple(file.stem for file in files), characters, columns, **arrays)

    def check(self) -> None:
        """Raises ValueError if its parts do not fit together."""
        s, c = len(self.names), len(self.characters)
        expected: dict[str, tuple[tuple[int, ...], type]]
        expected = dict.fromkeys(("offsets", "widths", "bearings", "advances", "tops", "bottoms"), ((s, c), np.int32))
        expected |= {"kerning": ((s, c, c), np.int8), "columns": ((len(self.columns), ROWS), np.uint8)}
        if not all(isinstance(name, str) for name in self.names):
            raise ValueError(f"its names are {self.names}")
        for name, (shape, dtype) in expected.items():
            values = getattr(self, name)
            if values.shape != shape or values.dtype != dtype:
                raise ValueError(f"its {name} are {values.shape} {values.dtype}, not {shape} {np.dtype(dtype)}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def counts(self) -> dict[str, int]:
        """The number of fonts that have each character."""
        return dict(zip(self.characters, (self.widths >= 0).sum(axis=0).tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class FontBank:
    """Fonts in three disjoint pools.

    Attributes:
        name: The name of the source.
        train: Fonts to train on.
        validation: Fonts to select a model by.
        test: Fonts to evaluate the selected model on.
        problems: The fonts that are left out, and why.
    """

    name: str
    train: FontPool
    validation: FontPool
    test: FontPool
    problems: dict[str, str]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Returns all that the bank consists of, but its name."""
        arrays = {
            f"{name}_{field.name}": np.asarray(getattr(pool, field.name))
            for name, pool in self.pools.items()
            for field in fields(pool)
        }
        return {**arrays, "problems": np.array([*self.problems.items()], np.str_).reshape(-1, 2)}

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, np.ndarray]) -> Self:
        """Makes a bank of what `to_arrays` returned; raises KeyError or ValueError if it was something else."""
        pools = [
            FontPool(
                tuple(arrays[f"{pool}_names"].tolist()),
                str(arrays[f"{pool}_characters"]),
                *(arrays[f"{pool}_{field.name}"] for field in fields(FontPool)[2:]),
            )
            for pool in ("train", "validation", "test")
        ]
        for pool in pools:
            pool.check()
        return cls(name, pools[0], pools[1], pools[2], dict(arrays["problems"].tolist()))

    @property
    def pools(self) -> dict[str, FontPool]:
        """The pools by name, in the order training, validation, test."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def drawable(self) -> str:
        """The characters that a font of each pool has, and the space."""
        counts = [pool.counts for pool in self.pools.values()]
        return "".join(c for c in self.train.characters if all(count[c] for count in counts))


def load_fonts(folder: Path | None, characters: str, seed: int = 42) -> FontBank:
    """Draws the characters of all fonts in a folder and its subfolders, or of the installed font packages.

    About 80% of the families are for training, 10% for validation and 10% for the test; which ones they are follows
    from their names and the seed.

    Args:
        folder: The folder, with TTF, OTF, WOFF or WOFF2 files; None for the packages that `find_fonts` describes.
        characters: The characters to draw; the space is always among them.
        seed: The seed of the division.

    Raises:
        UsageError: The folder does not exist, or there are fewer than 3 families that can be used.
    """
    files = find_fonts(folder)
    characters = "".join(sorted(set(characters) | {" "}))
    settings = {
        "files": describe_files(files),
        "characters": characters,
        "seed": seed,
        "drawn with": [code_digest(*_CODE), pillow_version, features.check("raqm")],
    }
    return cached_bank(FontBank, "fonts", settings, lambda: _make_bank(files, characters, seed))


def _make_bank(files: Sequence[Path], characters: str, seed: int) -> FontBank:
    _LOG.warning("Drawing the characters of %d fonts, only once.", len(files))
    problems = {file: find_problem(file) for file in files}
    families: dict[str, list[Path]] = {}
    for file in files:
        if not problems[file]:
            families.setdefault(str(open_font(file, ROWS).getname()[0]), []).append(file)
    if len(families) < 3:
        named = next((f" {file.name} {why}." for file, why in problems.items() if why), "")
        raise UsageError(
            "Expected fonts of at least 3 families, one each for training, validation and test, but found "
            f"{len(families)} in {len(files)} files.{named}"
        )
    names = sorted(families, key=lambda name: hash_name(name, seed))
    held = max(1, round(len(names) * _HELD_OUT))
    parts = names[2 * held :], names[:held], names[held : 2 * held]
    pools = [FontPool.draw([file for name in sorted(part) for file in families[name]], characters) for part in parts]
    return FontBank("fonts", pools[0], pools[1], pools[2], {file.name: why for file, why in problems.items() if why})
