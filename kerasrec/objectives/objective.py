"""What an objective owns: the loss of a model's outputs, the rule by which they are read, and what they need."""

from typing import Any, ClassVar, Protocol, TypeAlias

import keras

from kerasrec.models import Architecture
from kerasrec.spec import LineSpec

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


class Objective(Protocol):
    """What a line model is trained for.

    A model gives logits (B, T, K): T outputs for each line, in each of them a token of K. An objective says what
    they mean.
    """

    aligned: ClassVar[bool]
    """Whether output t looks at frame t of the image, so that a character stands where its outputs look."""

    collapses_repeats: ClassVar[bool]
    """Whether neighbouring outputs that say the same are one character, and a blank is none."""

    @property
    def first_place(self) -> int:
        """The place of a label that the first output is asked for."""
        ...

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Checks that an architecture can be trained for it on lines of a spec.

        Args:
            architecture: Of the model.
            spec: Of the lines.
            limit_output_length: Whether outputs beyond the last place of a label may be cut off.

        Raises:
            UsageError: It cannot; the error says what to change.
        """
        ...

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """Counts the frames that lines need: (B,) int32, from labels (B, L) and lengths (B,), both int32."""
        ...

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """Computes the logits to train on, (B, T, K) float32; the labels (B, L) int32 may lead the model."""
        ...

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the loss of each line.

        Args:
            logits: (B, T, K) float32, unnormalised.
            frames: (B,) int32, the valid frames of each line.
            labels: (B, L) int32, padded with the alphabet's padding.
            lengths: (B,) int32, the labels' lengths in characters.

        Returns:
            (B,) float32, the sum of what each line adds to the loss, in nats; and (B,) float32, how many terms that
            are. The loss of a batch is the one's sum over the other's. A line of no term adds nothing to it.
        """
        ...

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """Tells how many of its outputs a line is read from: (B,) int32, from (B, T, K) float32 and (B,) int32."""
        ...
