"""The random draws behind the variation of whole lines: a stream for each kind, and smooth curves along a line.

What is drawn for line i depends only on the seed and on i. All values are computed with sums, products, quotients,
comparisons and rounding, which give the same bits in arrays of every shape. (TensorFlow's exponentials and sines do
not: their last bit depends on where in an array a number is.)
"""

from collections.abc import Collection
from dataclasses import dataclass

import tensorflow as tf

from kerasrec.errors import UsageError
from kerasrec.lines.randomness import uniform

LINE_VARIATIONS = (
    *("slant", "stretch", "size", "place", "rotation", "curve", "elastic"),  # where the ink is
    *("weight", "blur", "ink", "noise"),  # how strong it is
    *("rules", "specks", "neighbours"),  # what else is on the paper
)
"""The kinds of variation, each of which can be switched off."""

_FIRST_STREAM = 100  # the composer uses those below


@dataclass(frozen=True)
class LineDraws:
    """The draws of the lines of one batch.

    Attributes:
        seed: The seed of the run.
        indices: (B,) int64, the numbers of the lines.
        strength: The strength of the variation.
        kinds: The kinds of variation that are on; the strength of the others is 0.

    Raises:
        UsageError: A kind is unknown.
    """

    seed: int
    indices: tf.Tensor
    strength: float
    kinds: Collection[str] = LINE_VARIATIONS

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in LINE_VARIATIONS:
                raise UsageError(f"A variation of lines must be one of {', '.join(LINE_VARIATIONS)}, not {kind!r}.")

    def strength_of(self, kind: str) -> float:
        """Returns the strength of a kind of variation: 0 if it is off."""
        return self.strength if kind in self.kinds else 0.0

    def uniform(self, kind: str, count: int | tf.Tensor) -> tf.Tensor:
        """Draws (B, count) float64 from [0, 1); the first draws of a line do not depend on their count."""
        return uniform(self.seed, _FIRST_STREAM + LINE_VARIATIONS.index(kind), self.indices, count)

    def signed(self, kind: str, count: int | tf.Tensor) -> tf.Tensor:
        """Draws (B, count) float64 from [-1, 1)."""
        return 2 * self.uniform(kind, count) - 1

    def wave(
        self, kind: str, at: tf.Tensor, spacing: tuple[float, float], skip: int = 0
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws a smooth random curve along each line.

        Args:
            kind: The kind of variation.
            at: (B, W) float64, the places on the line, at least 0.
            spacing: The least and the most distance between the nodes of the curve.
            skip: The number of draws that are used for something else.

        Returns:
            (B, W) float64 from [-1, 1], the curve, and (B, 1) float64, the distance between its nodes.
        """
        least, most = spacing
        distance = least + (most - least) * self.uniform(kind, skip + 1)[:, skip:]  # (B, 1)
        nodes = self.signed(kind, skip + 1 + count_nodes(at, least))[:, skip + 1 :]
        return smooth_curve(nodes[..., None], at / distance)[..., 0], distance


def count_nodes(at: tf.Tensor, spacing: float) -> tf.Tensor:
    """Returns the number of nodes of a curve at places up to the largest of `at`: () int32."""
    return tf.cast(tf.reduce_max(at) / spacing, tf.int32) + 4


def smooth_curve(nodes: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """Draws smooth curves near evenly spaced nodes: cubic B-splines.

    Args:
        nodes: (B, N, C) float64, C values at each node.
        at: (B, W) float64, the places on the curves in distances between nodes, at least 0 and below N - 3.

    Returns:
        (B, W, C) float64, within the range of the nodes.
    """
    before = tf.floor(at)
    t = at - before
    weights = (
        (1 - t) * (1 - t) * (1 - t) / 6,
        (3 * t * t * t - 6 * t * t + 4) / 6,
        (3 * (t + t * t - t * t * t) + 1) / 6,
        t * t * t / 6,
    )
    first = tf.cast(before, tf.int32)
    parts = [tf.gather(nodes, first + i, batch_dims=1) * weight[..., None] for i, weight in enumerate(weights)]
    return parts[0] + parts[1] + parts[2] + parts[3]
