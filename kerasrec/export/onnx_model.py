"""Converts the model of a recognizer to ONNX: lines and their widths in, log-probabilities out.

The metadata of the file has all that reading needs besides: alphabet, line spec and the arithmetic of the frames.
"""

import json
import logging
from dataclasses import asdict

import numpy as np
import tensorflow as tf

from kerasrec import __version__
from kerasrec.errors import ExportFailed
from kerasrec.export.onnx_format import CARD, FORMAT, IMAGES, LOG_PROBS, WIDTHS
from kerasrec.export.parts import Parts
from kerasrec.images.loading import MOST_COLUMNS
from kerasrec.models.lstm_fused import standard
from kerasrec.spec import GLYPH_SIZE

_OPSET = 18
_OBJECTIVES = ("ctc", "cross_entropy")


def to_onnx(parts: Parts) -> bytes:
    """Converts a recognizer to the content of an ONNX file.

    The model takes images (B, H, W, 1) uint8 and widths (B,) int32, and returns log-probabilities (B, T, K) float32:
    any number of lines of any width.

    Raises:
        ExportFailed: The model predicts each character from those before it, which takes a loop.
    """
    if parts.objective_name not in _OBJECTIVES:
        raise ExportFailed(
            f"A model trained with {parts.objective_name} predicts each character from those before it, and cannot "
            "become an ONNX file. Export it as a SavedModel, or train with --objective ctc."
        )
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # ONNX Runtime says what is wrong
    signature = [
        tf.TensorSpec((None, parts.spec.height, None, 1), tf.uint8, IMAGES),
        tf.TensorSpec((None,), tf.int32, WIDTHS),
    ]

    @tf.function(input_signature=signature, autograph=False)
    def compute(images: tf.Tensor, widths: tf.Tensor) -> dict[str, tf.Tensor]:
        return {LOG_PROBS: tf.nn.log_softmax(parts.model([images, widths], training=False) / parts.temperature)}

    with standard():
        model, _ = tf2onnx.convert.from_function(compute, signature, opset=_OPSET)
    model.producer_name, model.producer_version = "kerasrec", __version__
    model.metadata_props.add(key=CARD, value=json.dumps(_describe(parts)))
    content: bytes = model.SerializeToString()
    return content


def _describe(parts: Parts) -> dict[str, object]:
    architecture = parts.architecture
    most = 2 * MOST_COLUMNS * parts.spec.height // GLYPH_SIZE
    frames = np.asarray(architecture.frames(np.arange(most)))
    return {
        "format": FORMAT,
        "kerasrec": __version__,
        "model": parts.name,
        "objective": parts.objective_name,
        "alphabet": parts.alphabet.characters,
        "spec": asdict(parts.spec),
        "stride": architecture.stride,
        "offset": architecture.offset,
        "margin": architecture.margin,
        # The least width that has 1, 2, 3, ... frames, and the first width of which this is not known.
        "frame_widths": np.searchsorted(frames, np.arange(1, frames[-1] + 1)).tolist(),
        "width_limit": most,
    }
