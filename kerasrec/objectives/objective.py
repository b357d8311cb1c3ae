"""The interface of objectives: the loss of a model's outputs, how to decode them, and how many frames they need."""

from typing import Any, ClassVar, Protocol, TypeAlias

from kerasrec.backend import keras
from kerasrec.models import Architecture
from kerasrec.spec import LineSpec

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


class Objective(Protocol):
    """What a line model is trained for.

    A model returns logits (B, T, K): T outputs for each line, each of them over K tokens. An objective defines their
    meaning.
    """

    aligned: ClassVar[bool]
    """Whether output t corresponds to frame t of the image, so that outputs give the positions of characters."""

    collapses_repeats: ClassVar[bool]
    """Whether equal neighbouring outputs are merged into one character, and blanks are dropped."""

    @property
    def first_position(self) -> int:
        """The position in the label that the first output predicts."""
        ...

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Checks that an architecture can be trained with the objective on lines of a spec.

        Args:
            architecture: The architecture of the model.
            spec: The line spec.
            limit_output_length: Whether outputs after the last position of a label may be cut off.

        Raises:
            UsageError: It cannot; the message says what to change.
        """
        ...

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """Counts the frames that lines need: (B,) int32, from labels (B, L) and lengths (B,), both int32."""
        ...

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """Computes the logits (B, T, K) float32 for training; labels (B, L) int32 may be inputs of the model."""
        ...

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the loss of each line.

        Args:
            logits: (B, T, K) float32, unnormalised.
            frames: (B,) int32, the number of valid frames of each line.
            labels: (B, L) int32, padded with the alphabet's padding.
            lengths: (B,) int32, the labels' lengths in characters.

        Returns:
            (B,) float32, the summed loss of each line in nats; and (B,) float32, the number of terms in each sum. The
            loss of a batch is the total loss divided by the total number of terms.
        """
        ...

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """Returns the number (B,) int32 of outputs to decode for each line, from (B, T, K) float32 and (B,) int32."""
        ...
