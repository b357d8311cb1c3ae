"""Cross-entropy over positions, the labs' first objective: output t is character t, or padding after the text."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, ops
from kerasrec.errors import UsageError
from kerasrec.models import Architecture
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class CrossEntropy:
    """Trains output t to predict character t, or padding after the text. The loss includes all positions.

    This can be learned if character t is within the window of output t, as in lines drawn without overlap. `Objective`
    documents the methods.

    Attributes:
        positions: The number of positions in a label, the maximum number of characters in a line. Later outputs are cut
            off.
        columns: The number of pixel columns that the outputs of these positions depend on, so that the rest need not be
            computed; None for all, if an output can depend on any column.
    """

    aligned: ClassVar[bool] = True
    collapses_repeats: ClassVar[bool] = False
    first_position: ClassVar[int] = 0

    positions: int
    columns: int | None = None

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "CrossEntropy":
        """Makes the objective for an architecture and a line spec."""
        if architecture.context:
            return cls(spec.max_length)
        widths = range(spec.canvas_width)
        needed = next((width for width in widths if architecture.frames(width) >= spec.max_length), spec.canvas_width)
        return cls(spec.max_length, needed + architecture.margin)

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Compares the number of outputs with the number of positions."""
        if not spec.fixed_width:
            raise UsageError(
                "Cross-entropy needs lines of equal width, with an output for each position of a label. "
                "Use --fixed-width."
            )
        outputs = architecture.frames(spec.canvas_width)
        if outputs < self.positions:
            raise UsageError(
                f"The model has {outputs} outputs for labels of {self.positions} positions. Reduce its window_stride, "
                f"which is {architecture.stride} px, or use --objective ctc."
            )
        if outputs > self.positions and not limit_output_length:
            raise UsageError(
                f"The model has {outputs} outputs for labels of {self.positions} positions. Cut off the others with "
                f"--limit-output-length, increase its window_stride, which is {architecture.stride} px, or use "
                "--objective ctc."
            )

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """Requires a frame for each position, including padding."""
        return ops.full_like(lengths, self.positions)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """Computes at least the outputs of the label's positions; does not use the labels."""
        if self.columns is not None:
            images, widths = images[:, :, : self.columns], ops.minimum(widths, self.columns)
        return model([images, widths])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the cross-entropy of each position, including padding."""
        positions = ops.shape(labels)[1]
        losses = ops.sparse_categorical_crossentropy(labels, logits[:, :positions], from_logits=True)
        return ops.sum(losses, axis=1), ops.full_like(losses[:, 0], 1.0) * ops.cast(positions, "float32")

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """Counts the outputs of a label's positions."""
        return ops.minimum(ops.cast(frames, "int32"), ops.minimum(self.positions, ops.shape(log_probs)[1]))
