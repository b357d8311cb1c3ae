"""The CTC objective: frames that say a character or a blank, wherever the characters stand."""

from dataclasses import dataclass
from typing import ClassVar

import keras
from keras import ops

from kerasrec.models import Architecture
from kerasrec.objectives.ctc_loss import ctc_loss, is_feasible, required_frames
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class CTC:
    """Sums over all paths of frames that spell a label (Graves et al., 2006); see `kerasrec.objectives.ctc_loss`.

    What each method takes and gives is told in `Objective`.
    """

    aligned: ClassVar[bool] = True
    collapses_repeats: ClassVar[bool] = True
    first_place: ClassVar[int] = 0

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "CTC":
        """Makes the objective for a model and its lines."""
        return cls()

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Finds nothing: whether lines have frames enough is seen when they are drawn."""

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """A frame for each character, and one more between equal neighbours."""
        return required_frames(labels, lengths)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """The model's outputs, whatever the labels are."""
        return model([images, widths])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The negative log-likelihood of each label: one term, or none where the frames cannot hold it."""
        return ctc_loss(labels, logits, lengths, frames), ops.cast(is_feasible(labels, lengths, frames), "float32")

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """All frames of a line."""
        return ops.minimum(ops.cast(frames, "int32"), ops.shape(log_probs)[1])
