"""The levels of ink and paper in small pictures, in batches: shading, the noise of the paper and contrast."""

from kerasrec.backend import ops
from kerasrec.images.resampling import Tensor, resample
from kerasrec.spec import GLYPH_SIZE

_BLOCK = (GLYPH_SIZE // 4, GLYPH_SIZE // 2)  # rows and columns
_BLOCKS = (3, 5)  # together 21 x 70 px
_LEAST_CONTRAST = 16.0  # grey values between paper and ink
_FULL_RANGE = 250.5  # between paper and the strongest ink: no stretching needed
NOISE_CLEARED = 3.0
"""Of the paper's spread: less than this above the paper counts as paper."""

NOISE_EXCEEDED = 6.0
"""Of the paper's spread: an image without values so far above the paper has no ink."""


def find_levels(light: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Finds the levels that turn grey values into ink, which is `(light - paper - floor) * gain`, between 0 and 255.

    Args:
        light: (B, 28, W) float32, 0..255, ink lighter than the paper; each image has levels of its own.

    Returns:
        paper: (B, 28, W) float32, the brightness of the paper.
        floor: (B, 1, 1) float32, values up to this much above the paper count as paper.
        gain: (B, 1, 1) float32, makes strong ink 255; 1 where the image spans 0..255 already, 0 where nothing differs
            enough from the paper to be ink.
    """
    paper = _find_paper(light)
    return paper, *_find_range(light - paper)


def _find_paper(light: Tensor) -> Tensor:
    """Returns a morphological opening, with a window that pen strokes do not fill: (B, 28, W) float32."""
    least = -ops.max_pool(-light[..., None], _BLOCK, _BLOCK, padding="same")  # (B, 4, W / 14, 1), a value a block
    eroded = -ops.max_pool(-least, _BLOCKS, 1, padding="same")
    paper = ops.max_pool(eroded, _BLOCKS, 1, padding="same")[..., 0]
    width = ops.shape(light)[2]
    return ops.cond(ops.any(paper != 0), lambda: resample(paper, GLYPH_SIZE, width), lambda: ops.zeros_like(light))


def _find_range(ink: Tensor) -> tuple[Tensor, Tensor]:
    """Floor and gain of `find_levels`, from values (B, 28, W) around paper of 0."""
    levels = ops.cast(ops.round(ink), "int32") + 255  # -255..255 as 0..510
    counts = ops.bincount(ops.reshape(levels, (ops.shape(levels)[0], -1)), minlength=511)  # (B, 511)
    paper, spread = (values[:, None, None] for values in find_paper_level(counts))
    floor = paper + NOISE_CLEARED * spread
    least = paper + ops.maximum(NOISE_EXCEEDED * spread, _LEAST_CONTRAST)
    strong = ops.where(ops.arange(-255.0, 256.0) > least[..., 0], counts, 0)
    ceiling = ops.where(
        ops.max(ink, axis=(1, 2), keepdims=True) >= floor + _FULL_RANGE,
        floor + 255.0,
        quantile(strong, 0.9)[:, None, None] - 255.0,
    )
    # Ink is strong over some area, where single pixels may be noise: paper as white as can be shows only half of its.
    smooth = ops.average_pool(ink[..., None], 3, 1, padding="same")[..., 0]
    found = ops.any(smooth > least, axis=(1, 2), keepdims=True)
    return floor, ops.where(found, 255.0 / ops.maximum(ceiling - floor, 1.0), 0.0)


def find_paper_level(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Finds the level of the paper, -255 to 255, and the spread of its noise: (...) float32 each.

    Both come from the lighter side of the paper's values, which no ink affects.

    Args:
        counts: (..., 511), how many pixels have each value from -255 to 255 around an estimate of the paper.
    """
    level, low = (quantile(counts, share) for share in (0.25, 0.05))
    return level - 255.0, level - low


def quantile(counts: Tensor, share: float) -> Tensor:
    """The places (...) float32, below which this share of the counts (..., N) of N values lies."""
    below = ops.cumsum(counts, axis=-1)
    passed = ops.cast(below, "float32") <= share * ops.cast(below[..., -1:], "float32")
    return ops.cast(ops.sum(ops.cast(passed, "int32"), axis=-1), "float32")
