"""Own glyphs: a folder with one folder of pictures for each character."""

import re
import unicodedata
from pathlib import Path

import numpy as np

from kerasrec.errors import DataUnavailable, MissingGlyph, UsageError
from kerasrec.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.glyphs.cache import cached_bank, code_digest, describe_files
from kerasrec.glyphs.picture import load_glyph

_CODE_POINT = re.compile(r"[Uu]\+([0-9A-Fa-f]{4,6})")
_LEAST = 3
_SHARE = 0.1  # of validation, and of test


def load_folder(folder: Path, seed: int = 42) -> GlyphBank:
    """Loads own pictures of characters, of each 80% for training, 10% for validation and 10% for the test.

    The pictures of a character lie in a folder named by it, or by its code point: "U+002F" for "/", which no file
    name can hold, or "U+0041" where the file system takes "A" and "a" for the same. Pictures that are equal count
    once. Hidden files are left out.

    Args:
        folder: Holds the folders.
        seed: Decides which glyph goes where.

    Raises:
        DataUnavailable: There is no such folder, or it holds no folder.
        UsageError: A folder is not named by a character.
        MissingGlyph: A character has fewer than 3 distinct pictures.
        BadImage: A file is no picture of a character.
    """
    files = find_pictures(folder)
    settings = {
        "files": describe_files(file for found in files.values() for file in found),
        "seed": seed,
        "code": code_digest(__file__, load_glyph.__code__.co_filename),
    }
    return cached_bank("folder", settings, lambda: _make_bank(folder, files, seed))


def find_pictures(folder: Path) -> dict[str, list[Path]]:
    """The files of each character, sorted by name."""
    if not folder.is_dir():
        raise DataUnavailable(f"Expected a folder with one folder per character, but there is none at {folder}.")
    files: dict[str, list[Path]] = {}
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and not inner.name.startswith("."):
            found = [file for file in sorted(inner.iterdir()) if file.is_file() and not file.name.startswith(".")]
            files.setdefault(parse_character(inner), []).extend(found)
    if not files:
        raise DataUnavailable(
            f"Expected one folder per character in {folder}, but it holds no folder. "
            "Put the pictures of a into a folder named a, and so on."
        )
    return files


def parse_character(folder: Path) -> str:
    """The character that a folder is named by.

    >>> parse_character(Path("glyphs/a")), parse_character(Path("glyphs/U+002F"))
    ('a', '/')
    """
    match = _CODE_POINT.fullmatch(folder.name)
    code = int(match[1], 16) if match else 0
    character = chr(code) if 0 < code <= 0x10FFFF else unicodedata.normalize("NFC", folder.name)
    if len(character) != 1 or not character.isprintable() or character.isspace():
        raise UsageError(
            f"Expected a folder named by one visible character, or by its code point as in U+002F, but received "
            f"{folder.name!r} in {folder.parent}. Rename or remove it."
        )
    return character


def _make_bank(folder: Path, files: dict[str, list[Path]], seed: int) -> GlyphBank:
    pools: list[tuple[list[np.ndarray], list[str]]] = [([], []), ([], []), ([], [])]
    for character, found in files.items():
        glyphs = _distinct_glyphs(found)
        if len(glyphs) < _LEAST:
            raise MissingGlyph(
                f"Expected at least {_LEAST} distinct pictures of {character!r} (U+{ord(character):04X}) in {folder}, "
                f"one each for training, validation and test, but found {len(glyphs)}. Add some or remove its folder."
            )
        parts = _divide(glyphs, np.random.default_rng([seed, ord(character)]))
        for (images, labels), part in zip(pools, parts, strict=True):
            images.append(part)
            labels.extend(character * len(part))
    return GlyphBank("folder", *(GlyphPool.from_labelled(np.concatenate(i), labels) for i, labels in pools))


def _distinct_glyphs(files: list[Path]) -> np.ndarray:
    glyphs = {glyph.tobytes(): glyph for glyph in map(load_glyph, files)}
    return np.array(list(glyphs.values()))


def _divide(glyphs: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Divides (n, 28, 28) glyphs into those of training, validation and test."""
    shuffled = rng.permutation(glyphs)
    held = max(1, round(_SHARE * len(glyphs)))
    return [shuffled[2 * held :], shuffled[:held], shuffled[held : 2 * held]]
