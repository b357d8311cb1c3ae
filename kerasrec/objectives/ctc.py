"""The CTC objective: each frame predicts a character or a blank, wherever the characters are."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, ops
from kerasrec.models import Architecture
from kerasrec.objectives.ctc_loss import ctc_loss, is_feasible, required_frames
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class CTC:
    """Sums over all paths of frames that spell a label (Graves et al., 2006); see `kerasrec.objectives.ctc_loss`.

    `Objective` documents the methods.
    """

    aligned: ClassVar[bool] = True
    collapses_repeats: ClassVar[bool] = True
    first_position: ClassVar[int] = 0

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "CTC":
        """Makes the objective for an architecture and a line spec."""
        return cls()

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Accepts everything: whether lines have enough frames is checked when they are drawn."""

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """Requires a frame for each character, and one more between equal neighbours."""
        return required_frames(labels, lengths)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """Computes the model's outputs; does not use the labels."""
        return model([images, widths])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the negative log-likelihood of each label: one term, or none if the label has too few frames."""
        return ctc_loss(labels, logits, lengths, frames), ops.cast(is_feasible(labels, lengths, frames), "float32")

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """Counts all frames of a line."""
        return ops.minimum(ops.cast(frames, "int32"), ops.shape(log_probs)[1])
