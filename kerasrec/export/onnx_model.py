"""Converts the model of a recognizer to ONNX: lines and their widths in, log-probabilities and frames out."""

import json
import logging
from typing import Any

from kerasrec import __version__
from kerasrec.export.parts import Parts
from kerasrec.export.portable import make_function, make_signature
from kerasrec.export.portable_format import CARD
from kerasrec.models.lstm_fused import standard

_OPSET = 18


def to_onnx(parts: Parts) -> bytes:
    """Converts a recognizer to the content of an ONNX file without a card."""
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # ONNX Runtime says what is wrong
    with standard():
        model, _ = tf2onnx.convert.from_function(make_function(parts), make_signature(parts), opset=_OPSET)
    model.producer_name, model.producer_version = "kerasrec", __version__
    content: bytes = model.SerializeToString()
    return content


def add_onnx_card(content: bytes, card: dict[str, Any]) -> bytes:
    """Adds a card to the metadata of an ONNX file."""
    import onnx

    model = onnx.load_model_from_string(content)
    model.metadata_props.add(key=CARD, value=json.dumps(card))
    added: bytes = model.SerializeToString()
    return added
