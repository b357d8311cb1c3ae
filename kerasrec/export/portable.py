"""What ONNX and LiteRT files of a recognizer have in common: the function that they compute, and their card.

The card has all that reading needs besides: alphabet, line spec and the arithmetic of the frames.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import tensorflow as tf

from kerasrec import __version__
from kerasrec.errors import ExportFailed
from kerasrec.export.parts import Parts
from kerasrec.export.portable_format import FORMAT, FRAMES, IMAGES, LOG_PROBS, WIDTHS
from kerasrec.images.loading import MOST_COLUMNS
from kerasrec.spec import GLYPH_SIZE

_OBJECTIVES = ("ctc", "cross_entropy")


def check_objective(parts: Parts, kind: str) -> None:
    """Checks that a recognizer's model can become a file of a kind, such as "an ONNX file".

    Raises:
        ExportFailed: The model predicts each character from those before it, which takes a loop.
    """
    if parts.objective_name not in _OBJECTIVES:
        raise ExportFailed(
            f"A model trained with {parts.objective_name} predicts each character from those before it, and cannot "
            f"become {kind}. Export it as a SavedModel, or train with --objective ctc."
        )


def make_signature(parts: Parts) -> list[tf.TensorSpec]:
    """Returns what the function takes: any number of lines of any width."""
    return [
        tf.TensorSpec((None, parts.spec.height, None, 1), tf.uint8, IMAGES),
        tf.TensorSpec((None,), tf.int32, WIDTHS),
    ]


def make_function(parts: Parts) -> Any:
    """Returns the `tf.function` from images (B, H, W, 1) uint8 and widths (B,) int32 to the outputs."""

    @tf.function(input_signature=make_signature(parts), autograph=False)
    def compute(images: tf.Tensor, widths: tf.Tensor) -> dict[str, tf.Tensor]:
        log_probs = tf.nn.log_softmax(parts.model([images, widths], training=False) / parts.temperature)
        frames = parts.objective.output_lengths(log_probs, parts.architecture.frames(widths))
        return {LOG_PROBS: log_probs, FRAMES: frames}

    return compute


def describe(parts: Parts) -> dict[str, object]:
    """Returns the card of a recognizer, as JSON values."""
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
