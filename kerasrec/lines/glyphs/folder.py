"""The user's glyphs: a folder with one folder of images per character."""

import hashlib
import re
import unicodedata
from pathlib import Path

import numpy as np

from kerasrec.errors import DataUnavailable, MissingGlyph, UsageError
from kerasrec.images.loading import load_grey
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.cache import cached_bank, code_digest, describe_files
from kerasrec.lines.glyphs.picture import load_each

_CODE_POINT = re.compile(r"[Uu]\+([0-9A-Fa-f]{4,6})")
_LEAST = 3
_VALIDATION, _TEST = 0.1, 0.2
"""A glyph whose hash, from 0 to 1, is below the first is for validation, or else below the second for the test."""


def load_folder(folder: Path, seed: int = 42) -> GlyphBank:
    """Loads the user's images of characters: about 80% of each for training, 10% for validation, 10% for the test.

    The pixels of a glyph decide its pool, so that adding images later does not move others, unless a character has so
    few that a pool would be left without one.

    The images of a character are in a folder named after it, or after its code point: "U+002F" for "/", which a file
    name cannot contain, or "U+0041" on a file system that does not distinguish "A" from "a". Equal images count once.
    Hidden files are ignored.

    Args:
        folder: The folder with one folder per character.
        seed: Seed of the division into pools.

    Raises:
        DataUnavailable: The folder does not exist, or has no subfolders.
        UsageError: A folder is not named after a character.
        MissingGlyph: A character has fewer than 3 distinct pictures.
        BadImage: A file is not an image of a character.
    """
    files = find_pictures(folder)
    settings = {
        "files": {character: describe_files(found) for character, found in files.items()},
        "seed": seed,
        "code": code_digest(*map(str, _code())),
    }
    return cached_bank(GlyphBank, "folder", settings, lambda: _make_bank(folder, files, seed))


def _code() -> list[Path]:
    """The source files that a bank of the user's glyphs depends on."""
    here, images = Path(__file__), Path(load_grey.__code__.co_filename).parent
    return [here, here.with_name("picture.py"), here.with_name("ink.py"), *sorted(images.glob("*.py"))]


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
            f"Expected one folder per character in {folder}, but it has no subfolders. "
            "Put the images of a into a folder named a, and so on."
        )
    return files


def parse_character(folder: Path) -> str:
    """Returns the character that a folder is named after.

    >>> parse_character(Path("glyphs/a")), parse_character(Path("glyphs/U+002F"))
    ('a', '/')
    """
    match = _CODE_POINT.fullmatch(folder.name)
    code = int(match[1], 16) if match else 0
    character = unicodedata.normalize("NFC", chr(code) if 0 < code <= 0x10FFFF else folder.name)  # as texts are
    if len(character) != 1 or not character.isprintable() or character.isspace():
        raise UsageError(
            f"Expected a folder named after one visible character, or after its code point as in U+002F, but received "
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
        parts = _divide(glyphs, seed)
        for (images, labels), part in zip(pools, parts, strict=True):
            images.append(part)
            labels.extend(character * len(part))
    return GlyphBank("folder", *(GlyphPool.from_labelled(np.concatenate(i), labels) for i, labels in pools))


def _distinct_glyphs(files: list[Path]) -> np.ndarray:
    glyphs = {glyph.tobytes(): glyph for glyph in load_each(files)}
    return np.array(list(glyphs.values()))


def _divide(glyphs: np.ndarray, seed: int) -> list[np.ndarray]:
    """Divides (n, 28, 28) glyphs by their hashes into those of training, validation and test, one at least of each."""
    hashes = np.array([_hash(glyph, seed) for glyph in glyphs])
    in_order = glyphs[np.argsort(hashes)]
    behind = min(max(2, int(np.sum(hashes < _TEST))), len(glyphs) - 1)
    held = min(max(1, int(np.sum(hashes < _VALIDATION))), behind - 1)
    return [in_order[behind:], in_order[:held], in_order[held:behind]]


def _hash(glyph: np.ndarray, seed: int) -> float:
    """A number from 0 to 1 that follows from a glyph and the seed alone."""
    digest = hashlib.sha256(f"{seed} ".encode() + glyph.tobytes()).digest()
    return int.from_bytes(digest[:8]) / 2**64
