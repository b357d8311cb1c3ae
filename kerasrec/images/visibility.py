"""Measures how clearly the ink of an image stands out from its paper, for messages and pictures."""

from typing import NamedTuple

import numpy as np

from kerasrec.backend import ops
from kerasrec.images.canonical import Steps
from kerasrec.images.ink import SMALL, WINDOW, find_paper, shares
from kerasrec.images.windows import blur, close
from kerasrec.spec import INK

_STRONGEST = 0.999  # the quantile that is taken for ink: thin writing covers little more than a thousandth of its paper


class Visibility(NamedTuple):
    """How clearly ink stands out.

    Attributes:
        coverage: The share of the image that is ink.
        contrast: The grey values by which the strongest thousandth of the image is darker than the paper around it, if
            that paper is 255; for light ink, those of the negative.
    """

    coverage: float
    contrast: float

    def __str__(self) -> str:
        """Describes it in a few words.

        >>> print(Visibility(0.0021, 9.3))
        ink covers 0.21% of the picture (contrast 9 of 255)
        >>> print(Visibility(0.0, 4.0))
        nothing stands out from the paper (contrast 4 of 255)
        """
        what = f"ink covers {self.coverage * 100:.2g}% of the picture" if self.coverage else "nothing stands out"
        return f"{what}{'' if self.coverage else ' from the paper'} (contrast {self.contrast:.0f} of 255)"


def measure_visibility(steps: Steps) -> Visibility:
    """Measures the ink that was found on the way from an image to its line."""
    inside = find_paper(steps.canvas).covers(shares(SMALL)[:, None], shares(ops.shape(steps.canvas)[1])[None])
    paper = close(blur(steps.flat, 3, 3), WINDOW, WINDOW)
    difference = ops.convert_to_numpy(
        (1.0 - steps.flat / ops.maximum(paper, 1.0)) * ops.where(steps.is_dark, inside, 1.0)
    )
    coverage = np.mean(ops.convert_to_numpy(steps.ink) >= INK)
    return Visibility(float(coverage), 255.0 * float(np.quantile(difference, _STRONGEST)))
