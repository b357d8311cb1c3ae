"""Built-in glyphs: characters of stroke fonts, each drawn with a random slant, size, shape and pen."""

import string

import numpy as np

from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.cache import cached_bank, code_digest
from kerasrec.lines.glyphs.outlines import CAP_HEIGHT, Outline, load_outlines
from kerasrec.spec import GLYPH_SIZE

STROKE_CHARACTERS = string.digits + string.ascii_letters + "!\"#&'()*+,-./:;?"

_CAP_PIXELS = 16.5
_BASELINE = 20.3
_MARGIN = 1.3
_WAVES = 4  # cosines along a stroke: shift, bend, ...
_WAVE_PIXELS = np.array([0.35, 0.4, 0.3, 0.22], np.float32)
_LONG = 14  # points from which a stroke bends fully; shorter strokes bend less, to keep their shape


def load_strokes(
    seed: int = 42, characters: str = STROKE_CHARACTERS, train: int = 240, validation: int = 30, test: int = 60
) -> GlyphBank:
    """Draws a bank of glyphs from stroke fonts, without a download.

    The slant, scale, aspect ratio, rotation, bends of strokes, pen, blur and position are random for each glyph. Each
    pool of each character has a separate random stream.

    Args:
        seed: The seed of all variation.
        characters: The characters to draw; those that no font has are left out.
        train: The number of training glyphs per character.
        validation: The number of validation glyphs per character.
        test: The number of test glyphs per character.
    """
    settings = {
        "seed": seed,
        "characters": characters,
        "sizes": [train, validation, test],
        "code": code_digest(__file__, load_outlines.__code__.co_filename),
    }
    return cached_bank(GlyphBank, "strokes", settings, lambda: _make_bank(seed, characters, (train, validation, test)))


def _make_bank(seed: int, characters: str, sizes: tuple[int, int, int]) -> GlyphBank:
    outlines = load_outlines(characters)
    pools = [_make_pool(outlines, [seed, pool], size) for pool, size in enumerate(sizes)]
    return GlyphBank("strokes", *pools)


def _make_pool(outlines: dict[str, list[Outline]], stream: list[int], size: int) -> GlyphPool:
    images = [
        draw_glyphs(variants, size, np.random.default_rng([*stream, ord(character)]))
        for character, variants in outlines.items()
    ]
    return GlyphPool.from_labelled(np.concatenate(images), [c for c in outlines for _ in range(size)])


def draw_glyphs(variants: list[Outline], number: int, rng: np.random.Generator) -> np.ndarray:
    """Draws glyphs of one character, divided evenly among its outlines.

    Returns:
        (number, 28, 28) uint8, ink 255 on 0.
    """
    shares = [len(part) for part in np.array_split(np.arange(number), len(variants))]
    parts = [_ink(_vary(outline, n, rng), rng) for outline, n in zip(variants, shares, strict=True)]
    return np.concatenate(parts)


def _vary(outline: Outline, number: int, rng: np.random.Generator) -> np.ndarray:
    """The points of `number` variations of an outline, in pixels: (number, P, 2) float32."""
    points = outline.points @ _matrices(number, rng).transpose(0, 2, 1)  # (number, P, 2)
    bends = _bends(outline)  # (P, strokes * waves)
    points = points + bends @ rng.standard_normal((number, bends.shape[1], 2), np.float32)
    return _place(points, rng)


def _matrices(number: int, rng: np.random.Generator) -> np.ndarray:
    """Random scale, aspect, slant and rotation as matrices from font units to pixels: (number, 2, 2) float32."""
    scale = _CAP_PIXELS / CAP_HEIGHT * rng.uniform(0.9, 1.08, number)
    aspect, slant = rng.uniform(0.82, 1.18, number), rng.uniform(-0.12, 0.3, number)
    angle = np.clip(rng.normal(0, 0.05, number), -0.12, 0.12)
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, -sin], [sin, cos]])
    shear = np.array([[scale * aspect, -scale * slant], [np.zeros(number), scale]])
    matrices: np.ndarray = np.einsum("ijn,jkn->nik", rotation, shear).astype(np.float32)
    return matrices


def _bends(outline: Outline) -> np.ndarray:
    """The cosines that bend each stroke separately, in pixels: (P, strokes * waves) float32."""
    waves = _WAVE_PIXELS * np.cos(np.pi * outline.progress[:, None] * np.arange(_WAVES))  # (P, waves)
    waves *= np.minimum(1, np.bincount(outline.stroke)[outline.stroke] / _LONG)[:, None]
    own = outline.stroke[:, None] == np.arange(outline.stroke[-1] + 1)  # (P, strokes)
    bends: np.ndarray = own[:, :, None] * waves[:, None, :]
    return bends.reshape(len(waves), -1).astype(np.float32)  # (P, strokes * waves)


def _place(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Centres glyphs horizontally on the baseline, with a random shift of up to 1.4 px, and keeps them in the image."""
    number = len(points)
    low, high = points.min(1), points.max(1)  # (number, 2)
    shift = np.stack([GLYPH_SIZE / 2 - (low[:, 0] + high[:, 0]) / 2, np.full(number, _BASELINE)], axis=1)
    shift += np.clip(rng.normal(0, 0.7, (number, 2)), -1.4, 1.4)
    shift = np.clip(shift, _MARGIN - low, np.maximum(GLYPH_SIZE - _MARGIN - high, _MARGIN - low))
    placed: np.ndarray = points + shift[:, None].astype(np.float32)
    return placed


def _ink(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws the points with a round pen of random width: (number, 28, 28) uint8.

    The squared distance of each pixel from each point is one matrix product over (x^2 + y^2, x, y, 1).
    """
    number = len(points)
    radius = rng.uniform(0.75, 1.45, (number, 1, 1)).astype(np.float32)
    softness = rng.uniform(0.8, 1.6, (number, 1)).astype(np.float32)
    centre = np.arange(GLYPH_SIZE, dtype=np.float32) + 0.5
    y, x = (axis.ravel() for axis in np.meshgrid(centre, centre, indexing="ij"))
    pixels = np.stack([x * x + y * y, x, y, np.ones_like(x)])  # (4, 784)
    px, py = points[..., :1], points[..., 1:]
    weights = np.concatenate([np.ones_like(px), -2 * px, -2 * py, px * px + py * py], axis=2)
    squared = (weights @ pixels).min(1)  # (number, 784)
    distance = np.sqrt(np.maximum(squared, 0))
    cover = np.clip((radius[:, 0] - distance) / softness + 0.5, 0, 1)
    ink: np.ndarray = cover * rng.uniform(205, 255, (number, 1))
    return ink.round().astype(np.uint8).reshape(number, GLYPH_SIZE, GLYPH_SIZE)
