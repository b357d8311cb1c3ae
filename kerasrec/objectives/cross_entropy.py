"""Cross-entropy over positions, the labs' first objective: output t is character t, or padding behind the text."""

from dataclasses import dataclass
from typing import ClassVar

import keras
from keras import ops

from kerasrec.errors import UsageError
from kerasrec.models import Architecture
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class CrossEntropy:
    """Asks output t for character t, and for padding behind the text. All positions count.

    That can be learned as far as character t stands where output t looks, on lines drawn without overlap say. What
    each method takes and gives is told in `Objective`.

    Attributes:
        positions: The places of a label: the most characters in a line. Later outputs are cut off.
        columns: The pixel columns of an image that the outputs of these places see, what is behind being computed for
            nothing; None for all, where an output may know of any column.
    """

    aligned: ClassVar[bool] = True
    collapses_repeats: ClassVar[bool] = False
    first_place: ClassVar[int] = 0

    positions: int
    columns: int | None = None

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "CrossEntropy":
        """Makes the objective for a model and its lines."""
        if architecture.context:
            return cls(spec.max_length)
        widths = range(spec.canvas_width)
        seen = next((width for width in widths if architecture.frames(width) >= spec.max_length), spec.canvas_width)
        return cls(spec.max_length, seen + architecture.margin)

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Compares the number of outputs with that of places."""
        if not spec.fixed_width:
            raise UsageError("Cross-entropy needs as many outputs for each line as a label has places: --fixed-width.")
        outputs = architecture.frames(spec.canvas_width)
        if outputs < self.positions:
            raise UsageError(
                f"The model has {outputs} outputs for labels of {self.positions} places. Lower its window_stride, of "
                f"{architecture.stride} px now, or use --objective ctc."
            )
        if outputs > self.positions and not limit_output_length:
            raise UsageError(
                f"The model has {outputs} outputs for labels of {self.positions} places. Cut the others off with "
                f"--limit-output-length, raise its window_stride, of {architecture.stride} px now, or use "
                "--objective ctc."
            )

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """A frame for each place, padding included."""
        return ops.full_like(lengths, self.positions)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """The model's outputs as far as places go, whatever the labels are."""
        if self.columns is not None:
            images, widths = images[:, :, : self.columns], ops.minimum(widths, self.columns)
        return model([images, widths])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The cross-entropy of each place, padding included."""
        places = ops.shape(labels)[1]
        losses = ops.sparse_categorical_crossentropy(labels, logits[:, :places], from_logits=True)
        return ops.sum(losses, axis=1), ops.full_like(losses[:, 0], 1.0) * ops.cast(places, "float32")

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """The outputs of a label's places."""
        return ops.minimum(ops.cast(frames, "int32"), ops.minimum(self.positions, ops.shape(log_probs)[1]))
