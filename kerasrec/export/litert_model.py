"""Converts the model of a recognizer to LiteRT: lines and their widths in, log-probabilities and frames out."""

import io
import json
import zipfile
from typing import Any

import tensorflow as tf

from kerasrec.errors import ExportFailed
from kerasrec.export.parts import Parts
from kerasrec.export.portable import make_function
from kerasrec.export.portable_format import CARD_FILE
from kerasrec.models.lstm_kernels import looped


def to_litert(parts: Parts, int8: bool = False) -> bytes:
    """Converts a recognizer to the content of a LiteRT file without a card, which has only LiteRT's own operations.

    Args:
        parts: The parts of the recognizer.
        int8: Whether to store the weights as 8-bit integers, and to multiply in them where LiteRT can.

    Raises:
        ExportFailed: The model has an operation that LiteRT does not have.
    """
    with looped():
        function = make_function(parts).get_concrete_function()
    weights = tf.Module()
    weights.variables_of_model = [weight.value for weight in parts.model.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], weights)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    try:
        content: bytes = converter.convert()
    except Exception as error:  # the converter has an error of its own for each stage
        raise ExportFailed(
            f"{parts.name} has operations that LiteRT does not have. Export it to an ONNX file or as a SavedModel."
        ) from error
    return content


def add_litert_card(content: bytes, card: dict[str, Any]) -> bytes:
    """Appends a zip archive with the card: LiteRT reads the model before it, and zip programs the archive."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CARD_FILE, json.dumps(card))
    return file.getvalue()
