"""Hands made of glyphs: sets of one glyph of each character, laid out as the characters of a font are."""

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL import __version__ as pillow_version

from kerasrec.lines.fonts import drawing
from kerasrec.lines.fonts.bank import FontBank, FontPool
from kerasrec.lines.fonts.drawing import BASELINE, ROWS
from kerasrec.lines.glyphs import load_glyphs
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.cache import cached_bank, code_digest

MOST_HANDS = 1500
"""The most hands of a pool: of the whole of EMNIST, they take less than 150 MB."""

X_HEIGHT, T_HEIGHT, CAPITAL, ASCENDER, DESCENDER = 17, 24, 29, 31, 13
"""Rows above the baseline, and below it."""

_ACCENT = 9  # rows of an accent or a dot, with the gap under it
_WIDEST = 44  # columns of a glyph
_BEARING, _GAP = 1, 3  # columns without ink before a glyph, and between two
_SPACE = 14  # columns of a space
_EDGE = 32  # ink that reaches the edge of a glyph; what is fainter is blur
_SLANTS = 10  # groups of glyphs that slant alike

_ABOVE = {
    **dict.fromkeys("acegijmnopqrsuvwxyzæœøı", X_HEIGHT),
    **dict.fromkeys("bdfhklßþð", ASCENDER),
    "t": T_HEIGHT,
}
_BELOW = dict.fromkeys("gjpqy", DESCENDER)


class _Extent(NamedTuple):
    """The rows of a character above and below the baseline; rows below are negative if it floats above it."""

    above: float
    below: float


class _Cell(NamedTuple):
    """Where capitals and digits are in the images of a pool: their upper end and the baseline, in px."""

    top: float
    baseline: float


def load_hands(source: str, data_dir: Path, seed: int = 42) -> FontBank:
    """Makes hands of the glyphs of a source; the hands of two pools share no glyph.

    Args:
        source: A source of glyphs, as of `load_glyphs`, which has the other arguments too.
        data_dir: The folder of the data sets.
        seed: The seed of the division of the glyphs, and of the choice of glyphs where there are more than are used.

    Raises:
        UsageError: The source is neither a name nor a folder.
        DataUnavailable: The data is missing and cannot be downloaded.
    """
    glyphs = load_glyphs(source, data_dir, seed)
    settings = {
        "glyphs": _digest(glyphs),
        "seed": seed,
        "drawn with": [code_digest(__file__, drawing.__file__), pillow_version],
    }
    name = f"written-{glyphs.name}"

    def make() -> FontBank:
        pools = [make_hands(pool, seed) for pool in glyphs.pools.values()]
        return FontBank(name, pools[0], pools[1], pools[2], {})

    return cached_bank(FontBank, name, settings, make)


def make_hands(pool: GlyphPool, seed: int = 42) -> FontPool:
    """Makes hands of a pool: as many as its most frequent character has glyphs, at most `MOST_HANDS`.

    A hand has one glyph of each character; these slant alike, and their strokes are about as wide. The hands of a
    character with few glyphs share them.
    """
    cell = _find_cell(pool)
    drawn = {
        c: [_draw(glyph, c, cell) for glyph in _choose(pool.glyphs(c), np.random.default_rng([seed, ord(c)]))]
        for c in pool.characters
    }
    drawn = dict(sorted({**drawn, " ": [np.zeros((0, ROWS), np.uint8)]}.items()))
    hands = max(map(len, drawn.values()))
    tables, first = [], 0
    for images in drawn.values():
        table = _describe(images, first)
        tables.append(table[np.arange(hands) * len(images) // hands])
        first += sum(map(len, images))
    offsets, widths, bearings, advances, tops, bottoms = np.stack(tables).transpose(2, 1, 0)  # (S, C) each
    return FontPool(
        tuple(f"hand {i + 1}" for i in range(hands)),
        "".join(drawn),
        np.concatenate([image for images in drawn.values() for image in images]),
        *(offsets, widths, bearings, advances, tops, bottoms),
        np.zeros((hands, len(drawn), len(drawn)), np.int8),
    )


def find_extent(character: str) -> tuple[int, int] | None:
    """Returns the rows of a letter or digit above and below the baseline; None if its place is not known.

    >>> find_extent("x"), find_extent("g"), find_extent("é"), find_extent(",")
    ((17, 0), (17, 13), (26, 0), None)
    """
    decomposed = unicodedata.normalize("NFD", character)
    base = decomposed[0]
    above = CAPITAL if base.isupper() or base.isdigit() else _ABOVE.get(base)
    if above is None:
        return None
    places = {unicodedata.combining(mark) for mark in decomposed[1:]}
    is_under, is_over = bool(places & {202, 220}), 230 in places
    return above + _ACCENT * is_over, max(_BELOW.get(base, 0), _ACCENT * is_under)


def _digest(glyphs: GlyphBank) -> str:
    digest = hashlib.sha256()
    for pool in glyphs.pools.values():
        digest.update(repr(pool.counts).encode())
        digest.update(np.ascontiguousarray(pool.images).data)
    return digest.hexdigest()


def _choose(glyphs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Chooses glyphs of a character, (n, 28, 28), and sorts them by slant and, where that is alike, by pen.

    Glyphs of several characters at the same share of this order pass for those of one writer.
    """
    if len(glyphs) > MOST_HANDS:
        glyphs = glyphs[rng.choice(len(glyphs), MOST_HANDS, replace=False)]
    slants, pens = _measure(glyphs)
    ranks = np.argsort(np.argsort(slants, kind="stable"), kind="stable")
    return glyphs[np.lexsort((pens, ranks * _SLANTS // len(glyphs)))]


def _measure(glyphs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures how far glyphs (n, 28, 28) lean to the left per px down, and the width of their strokes, (n,) each."""
    ink = glyphs.astype(np.float32)
    area = ink.sum(axis=(1, 2)) + 1
    places = np.arange(glyphs.shape[1], dtype=np.float32)
    rows, columns = ink.sum(axis=2), ink.sum(axis=1)  # (n, 28) each
    y, x = rows @ places / area, columns @ places / area
    spread = rows @ places**2 / area - y**2
    slants = (places @ ink @ places / area - x * y) / (spread + 1)
    edges = sum(np.abs(np.diff(ink, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    return slants, area / (edges + 1)


def _find_cell(pool: GlyphPool) -> _Cell:
    """Finds where capitals and digits are in the images of a pool; without any, where all glyphs are."""
    upright = [c for c in pool.characters if find_extent(c) == (CAPITAL, 0)]
    images = np.concatenate([pool.glyphs(c) for c in upright]) if upright else pool.images
    inked = images.max(axis=2) > _EDGE  # (n, 28)
    tops, bottoms = inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)
    return _Cell(float(np.median(tops)), float(np.median(bottoms)))


def _draw(glyph: np.ndarray, character: str, cell: _Cell) -> np.ndarray:
    """Draws a glyph (28, 28) at its size and place in a line: its columns (n, ROWS) uint8."""
    rows, columns = (np.flatnonzero((glyph > _EDGE).any(axis=axis)) for axis in (1, 0))
    ink = glyph[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    above, below = _place(character, rows, cell)
    top = min(round(BASELINE - above), ROWS - 1)
    bottom = max(round(BASELINE + below), top + 1, 1)
    width = max(min(round(ink.shape[1] * (above + below) / len(ink)), _WIDEST), 1)
    drawn = np.asarray(Image.fromarray(ink).resize((width, bottom - top), Image.Resampling.BICUBIC))
    first, end = max(top, 0), min(bottom, ROWS)
    image = np.zeros((width, ROWS), np.uint8)
    image[:, first:end] = drawn[first - top : end - top].T
    return image


def _describe(images: Sequence[np.ndarray], first: int) -> np.ndarray:
    """Returns the numbers of drawn glyphs (n, 6) int32, from offset to bottom as in `FontPool`; `first` is a column."""
    rows = []
    for image in images:
        inked = np.flatnonzero(image.any(axis=0))
        top, bottom = (inked[0], inked[-1] + 1) if len(inked) else (ROWS, 0)
        advance = len(image) + _GAP if len(image) else _SPACE
        rows.append((first, len(image), _BEARING, advance, top, bottom))
        first += len(image)
    return np.array(rows, np.int32)


def _place(character: str, rows: np.ndarray, cell: _Cell) -> _Extent:
    """Finds where the rows of a glyph with ink belong: where its character does, or else as they are in the cell."""
    extent = find_extent(character)
    if extent is None:
        scale = CAPITAL / (cell.baseline - cell.top)
        return _Extent((cell.baseline - rows[0]) * scale, (rows[-1] + 1 - cell.baseline) * scale)
    above, below = extent
    is_dotted = character in "ij" and rows[-1] - rows[0] >= len(rows)  # there are rows without ink under the dot
    return _Extent(above + _ACCENT * is_dotted, below)
