"""The autoregressive objective: each output predicts the next token from the previous ones."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras, ops
from kerasrec.models import Architecture
from kerasrec.models.line_cnn_transformer import LineCNNTransformer, teacher_forced
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class Autoregressive:
    """Predicts the next token, given the image and the true tokens before it ("teacher forcing").

    `Objective` documents the methods.

    Attributes:
        start_end_tokens: Whether texts are enclosed in `<S>` and `<E>` in training. False reproduces a run of the labs:
            a model that is never trained on `<E>` never ends, and its first character is lost.
    """

    aligned: ClassVar[bool] = False
    collapses_repeats: ClassVar[bool] = False

    start_end_tokens: bool = True

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "Autoregressive":
        """Makes the objective for an architecture and a line spec."""
        return cls(not isinstance(architecture, LineCNNTransformer) or architecture.start_end_tokens)

    @property
    def first_position(self) -> int:
        """The first character; without `<S>` the second one."""
        return 0 if self.start_end_tokens else 1

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Accepts everything: the length of the output does not depend on the number of frames."""

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """Requires one frame."""
        return ops.ones_like(lengths)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """Computes the logits of the token after each true token."""
        return teacher_forced(model)([images, widths, self._decoder_inputs(labels)])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the cross-entropy of each token, including `<E>` but not padding."""
        position = ops.arange(ops.shape(labels)[1] + 1, dtype="int32")[None]
        last = ops.cast(lengths, "int32")[:, None]
        if self.start_end_tokens:
            padded = ops.pad(labels, [[0, 0], [0, 1]], constant_values=Alphabet.PADDING)
            targets, valid = ops.where(position == last, Alphabet.END, padded), position <= last
        else:
            targets, valid = labels[:, 1:], position[:, 1:-1] < last
        losses = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
        valid = ops.cast(valid, "float32")
        return ops.sum(losses * valid, axis=1), ops.sum(valid, axis=1)

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """Counts the outputs up to and including `<E>`."""
        ends = ops.cast(ops.argmax(log_probs, axis=-1) == Alphabet.END, "int32")  # (B, T)
        steps = ops.shape(log_probs)[1]
        return ops.where(ops.any(ends > 0, axis=1), ops.cast(ops.argmax(ends, axis=1), "int32") + 1, steps)

    def _decoder_inputs(self, labels: Tensor) -> Tensor:
        if self.start_end_tokens:
            return ops.pad(labels, [[0, 0], [1, 0]], constant_values=Alphabet.START)
        return labels[:, :-1]
