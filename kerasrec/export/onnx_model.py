"""Converts the model of a recognizer to ONNX: lines and their widths in, log-probabilities and frames out."""

import json
import logging
import tempfile
from pathlib import Path
from typing import Any

from kerasrec import __version__
from kerasrec.export.parts import Parts
from kerasrec.export.portable import make_function, make_signature
from kerasrec.export.portable_format import CARD
from kerasrec.models.lstm_kernels import standard

_OPSET = 18


def to_onnx(parts: Parts, int8: bool = False) -> bytes:
    """Converts a recognizer to the content of an ONNX file without a card.

    Args:
        parts: The parts of the recognizer.
        int8: Whether to store the weights as 8-bit integers, and to multiply in them.
    """
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # ONNX Runtime says what is wrong
    with standard():
        model, _ = tf2onnx.convert.from_function(make_function(parts), make_signature(parts), opset=_OPSET)
    if int8:
        model = _quantize(model)
    model.producer_name, model.producer_version = "kerasrec", __version__
    content: bytes = model.SerializeToString()
    return content


def _quantize(model: Any) -> Any:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    add_pre_process_metadata(model)  # tf2onnx has optimized it; without the mark, a warning asks for that
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "int8.onnx"
        quantize_dynamic(model, file, weight_type=QuantType.QUInt8)  # the type that convolutions have
        quantized = onnx.load(file)
    del quantized.metadata_props[:]
    return quantized


def add_onnx_card(content: bytes, card: dict[str, Any]) -> bytes:
    """Adds a card to the metadata of an ONNX file."""
    import onnx

    model = onnx.load_model_from_string(content)
    model.metadata_props.add(key=CARD, value=json.dumps(card))
    added: bytes = model.SerializeToString()
    return added
