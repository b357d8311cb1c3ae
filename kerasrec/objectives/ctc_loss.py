"""The CTC loss (Graves et al., 2006) of a label over all of its alignments; the id of the blank is 0.

Lengths are always explicit. A label needs a frame for each character and one more between equal neighbours; a line
with fewer is infeasible: its likelihood is 0, and its loss is masked to 0, without a gradient.
"""

from typing import Any, TypeAlias

from kerasrec.backend import keras, ops

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


def required_frames(labels: Tensor, lengths: Tensor) -> Tensor:
    """Counts the frames that labels need: their length plus one blank for each adjacent repeat.

    >>> required_frames([[5, 5, 6, 3], [4, 3, 3, 3]], [3, 1]).numpy().tolist()
    [4, 1]

    Args:
        labels: (B, L) int32; ids after a label's length are ignored.
        lengths: (B,) int32, the labels' lengths in characters.

    Returns:
        (B,) int32, in frames.
    """
    labels, lengths = ops.convert_to_tensor(labels, "int32"), ops.convert_to_tensor(lengths, "int32")
    second = ops.arange(ops.shape(labels)[1], dtype="int32")[1:]  # (L - 1,), position of each pair's second character
    repeats = ops.logical_and(ops.equal(labels[:, 1:], labels[:, :-1]), second < lengths[:, None])
    return lengths + ops.sum(ops.cast(repeats, "int32"), axis=1)


def is_feasible(labels: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """Returns whether each label fits its frames, (B,) bool, given labels (B, L), lengths (B,) and frames (B,)."""
    return required_frames(labels, lengths) <= ops.convert_to_tensor(frames, "int32")


def ctc_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """Computes the CTC loss of each line with the fastest implementation for the backend and the device.

    On TensorFlow without a GPU and without XLA, this is the sparse kernel (`kerasrec.objectives.ctc_sparse`), otherwise
    `keras.ops.ctc_loss`. The two agree within 1e-4, except above about 700 nats: Keras's dense formula on TensorFlow
    saturates at 707, its log of 0, and its gradient is wrong there. Lines of up to 64 characters stay below.

    Args:
        labels: (B, L) int32, characters without the blank; ids after a label's length are ignored.
        logits: (B, T, K) float32, unnormalised, T at least 1.
        lengths: (B,) int32, the labels' lengths, which may be 0.
        frames: (B,) int32, the number of valid frames of each line, at most T.

    Returns:
        (B,) float32, the negative log-likelihoods in nats; exactly 0, with a gradient of 0, for infeasible lines.
    """
    labels, logits = ops.convert_to_tensor(labels, "int32"), ops.convert_to_tensor(logits, "float32")
    lengths, frames = ops.convert_to_tensor(lengths, "int32"), ops.convert_to_tensor(frames, "int32")
    # Without frames, only the empty label is feasible; its probability is 1, so its loss is 0 as well.
    valid = ops.logical_and(is_feasible(labels, lengths, frames), frames > 0)
    lengths = ops.where(valid, lengths, 0)  # the implementations need feasible labels; an empty one always is
    loss = _fastest_loss(labels, logits, lengths, ops.maximum(frames, 1))
    return ops.where(valid, loss, 0.0)


def reference_ctc_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    """Computes the loss of feasible lines with `keras.ops.ctc_loss`; the arguments are those of `ctc_loss`."""
    labels = ops.pad(labels, [[0, 0], [0, 1]])  # TensorFlow's dense formula is off by log 2 if L is 0
    return ops.ctc_loss(labels, logits, lengths, frames, mask_index=0)


def _fastest_loss(labels: Tensor, logits: Tensor, lengths: Tensor, frames: Tensor) -> Tensor:
    if keras.backend.backend() == "tensorflow":
        from kerasrec.objectives import ctc_sparse  # other backends run without TensorFlow

        if ctc_sparse.is_available():
            return ctc_sparse.sparse_ctc_loss(labels, logits, lengths, frames)
    return reference_ctc_loss(labels, logits, lengths, frames)
