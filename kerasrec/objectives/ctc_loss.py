"""The CTC objective (Graves et al., 2006): the loss of a label over all of its alignments, with the blank at 0.

Lengths are always explicit. A label needs a frame for each character and one more between equal neighbours; a line
with fewer is infeasible: its likelihood is 0, its loss is masked to 0 with no gradient, and it is counted.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


def required_frames(labels: Tensor, lengths: Tensor) -> Tensor:
    """Counts the frames that labels need: their length and one blank for each adjacent repeat.

    >>> required_frames([[5, 5, 6, 3], [4, 3, 3, 3]], [3, 1]).numpy().tolist()
    [4, 1]

    Args:
        labels: (B, L) int32; what stands behind a label's length is ignored.
        lengths: (B,) int32, the labels' lengths in characters.

    Returns:
        (B,) int32, in frames.
    """
    labels, lengths = ops.convert_to_tensor(labels, "int32"), ops.convert_to_tensor(lengths, "int32")
    second = ops.arange(ops.shape(labels)[1], dtype="int32")[1:]  # (L - 1,), the place of each pair's second character
    repeats = ops.logical_and(ops.equal(labels[:, 1:], labels[:, :-1]), second < lengths[:, None])
    return lengths + ops.sum(ops.cast(repeats, "int32"), axis=1)


def is_feasible(labels: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """Tells for each line whether its label fits its frames: (B,) bool, from (B, L), (B,) and (B,) int32."""
    return required_frames(labels, lengths) <= ops.convert_to_tensor(frames, "int32")


def ctc_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """Computes the CTC loss of each line, on the fastest exact path that the backend and the device have.

    On TensorFlow without a GPU and without XLA that is the sparse kernel (`kerasrec.objectives.ctc_sparse`), else
    `keras.ops.ctc_loss`. The two agree within 1e-4, except above some 700 nats: there Keras' dense formula on
    TensorFlow saturates at 707, its log of 0, and its gradient is wrong. Lines of up to 64 characters stay below.

    Args:
        labels: (B, L) int32, characters without the blank; what stands behind a label's length is ignored.
        logits: (B, T, K) float32, unnormalised, T at least 1.
        lengths: (B,) int32, the labels' lengths, 0 included.
        frames: (B,) int32, the valid frames of each line, at most T.

    Returns:
        (B,) float32, the negative log-likelihoods in nats; exactly 0, with a gradient of 0, for infeasible lines.
    """
    labels, logits = ops.convert_to_tensor(labels, "int32"), ops.convert_to_tensor(logits, "float32")
    lengths, frames = ops.convert_to_tensor(lengths, "int32"), ops.convert_to_tensor(frames, "int32")
    # No frame at all holds the empty label only, with certainty: a loss of 0 as well.
    counted = ops.logical_and(is_feasible(labels, lengths, frames), frames > 0)
    lengths = ops.where(counted, lengths, 0)  # an empty label fits any line, so that no path sees an infeasible one
    loss = _served_loss(labels, logits, lengths, ops.maximum(frames, 1))
    return ops.where(counted, loss, 0.0)


def reference_ctc_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """The portable path, `keras.ops.ctc_loss`, for lines that all fit; arguments as in `ctc_loss`."""
    labels = ops.pad(labels, [[0, 0], [0, 1]])  # TensorFlow's dense formula is wrong by log 2 for labels of no column
    return ops.ctc_loss(labels, logits, lengths, frames, mask_index=0)


def _served_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    if keras.backend.backend() == "tensorflow":
        from kerasrec.objectives import ctc_sparse  # other backends run without TensorFlow

        if ctc_sparse.can_serve():
            return ctc_sparse.sparse_ctc_loss(labels, logits, lengths, frames)
    return reference_ctc_loss(labels, logits, lengths, frames)
