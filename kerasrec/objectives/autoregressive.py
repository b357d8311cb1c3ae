"""The autoregressive objective: each output is the token behind those that were said before."""

from dataclasses import dataclass
from typing import ClassVar

import keras
from keras import ops

from kerasrec.alphabet import Alphabet
from kerasrec.models import Architecture
from kerasrec.models.line_cnn_transformer import LineCNNTransformer, teacher_forced
from kerasrec.objectives.objective import Tensor
from kerasrec.spec import LineSpec


@dataclass(frozen=True)
class Autoregressive:
    """Asks for the next token, given the image and the true tokens before it ("teacher forcing").

    What each method takes and gives is told in `Objective`.

    Attributes:
        start_end_tokens: Whether texts stand between `<S>` and `<E>` in training. False does as a run of the labs did:
            a model that never sees `<E>` never ends, and its first character is lost.
    """

    aligned: ClassVar[bool] = False
    collapses_repeats: ClassVar[bool] = False

    start_end_tokens: bool = True

    @classmethod
    def of(cls, architecture: Architecture, spec: LineSpec) -> "Autoregressive":
        """Makes the objective for a model and its lines."""
        return cls(not isinstance(architecture, LineCNNTransformer) or architecture.start_end_tokens)

    @property
    def first_place(self) -> int:
        """The first character, or without `<S>` the second, which follows it."""
        return 0 if self.start_end_tokens else 1

    def check(self, architecture: Architecture, spec: LineSpec, limit_output_length: bool = False) -> None:
        """Finds nothing: the model writes as much as it wants, wherever it looks."""

    def required_frames(self, labels: Tensor, lengths: Tensor) -> Tensor:
        """One frame, to look at."""
        return ops.ones_like(lengths)

    def logits(self, model: keras.Model, images: Tensor, widths: Tensor, labels: Tensor) -> Tensor:
        """What the model says after each true token."""
        return teacher_forced(model)([images, widths, self._given(labels)])

    def losses(self, logits: Tensor, frames: Tensor, labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The cross-entropy of each token, `<E>` included and padding left out."""
        place = ops.arange(ops.shape(labels)[1] + 1, dtype="int32")[None]
        last = ops.cast(lengths, "int32")[:, None]
        if self.start_end_tokens:
            padded = ops.pad(labels, [[0, 0], [0, 1]], constant_values=Alphabet.PADDING)
            asked, counts = ops.where(place == last, Alphabet.END, padded), place <= last
        else:
            asked, counts = labels[:, 1:], place[:, 1:-1] < last
        losses = ops.sparse_categorical_crossentropy(asked, logits, from_logits=True)
        counts = ops.cast(counts, "float32")
        return ops.sum(losses * counts, axis=1), ops.sum(counts, axis=1)

    def output_lengths(self, log_probs: Tensor, frames: Tensor) -> Tensor:
        """The outputs up to `<E>`, that included."""
        ends = ops.cast(ops.argmax(log_probs, axis=-1) == Alphabet.END, "int32")  # (B, T)
        steps = ops.shape(log_probs)[1]
        return ops.where(ops.any(ends > 0, axis=1), ops.cast(ops.argmax(ends, axis=1), "int32") + 1, steps)

    def _given(self, labels: Tensor) -> Tensor:
        if self.start_end_tokens:
            return ops.pad(labels, [[0, 0], [1, 0]], constant_values=Alphabet.START)
        return labels[:, :-1]
