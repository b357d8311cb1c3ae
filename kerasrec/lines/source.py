"""What lines are drawn from: composed of glyphs, or pictures of one's own."""

from typing import Protocol

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.spec import LineSpec

Batch = dict[str, tf.Tensor]


class LineSource(Protocol):
    """Lines, identified by their numbers from 0, without end. Line i depends only on the source's seed and on i.

    Attributes:
        alphabet: The alphabet of the labels.
        spec: The line spec.
        seed: The seed, with which the order of batches varies too.
        count: The number of different lines; None if there is no end of them.
    """

    alphabet: Alphabet
    spec: LineSpec
    seed: int
    count: int | None

    def __call__(self, indices: tf.Tensor) -> Batch:
        """Draws lines.

        Args:
            indices: (B,) int64, the numbers of the lines.

        Returns:
            images: (B, H, W, 1) uint8, ink 255; W is the width of the widest line, or fixed by the spec.
            widths: (B,) int32, the width of each line in px.
            labels: (B, L) int32, padded with the alphabet's padding to L = max_length.
            lengths: (B,) int32, the number of characters.

            A source may add what else it knows of its lines.
        """
        ...

    def labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns labels (B, L), lengths (B,) and widths (B,) in px, all int32, without drawing the lines."""
        ...

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        ...
