"""REST responses: predictions, a model's status and its signatures as JSON."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.predict_pb2 import PredictResponse

from kerasrec.serving.server.failure import invalid
from kerasrec.serving.server.json_requests import Format

_BYTES_SUFFIX = "_bytes"  # marks outputs of bytes; others are text


def write_predictions(response: PredictResponse, format: Format) -> bytes:
    """Writes a response in rows ("predictions") or columns ("outputs"); a single output is written without its name.

    Numbers that JSON lacks are written as NaN, Infinity and -Infinity, as in TensorFlow Serving.

    Raises:
        ServingError: There is no output, or the outputs cannot be divided into rows.
    """
    if not response.outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    values = {name: _to_lists(name, tensor) for name, tensor in sorted(response.outputs.items())}
    if format == "column":
        return _write({"outputs": _unwrap_single(values)})
    rows = _count_rows(response.outputs)
    predictions = [_unwrap_single({name: each[i] for name, each in values.items()}) for i in range(rows)]
    return _write({"predictions": predictions})


def write_status(response: GetModelStatusResponse) -> bytes:
    """Writes the states of a model's versions."""
    return _write(_to_dict(response))


def write_metadata(response: GetModelMetadataResponse) -> bytes:
    """Writes the signatures of a model."""
    signatures = SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    metadata = {"signature_def": _to_dict(signatures)}
    return _write({"model_spec": _to_dict(response.model_spec), "metadata": metadata})


def _write(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _to_dict(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def _unwrap_single(values: dict[str, Any]) -> Any:
    return values if len(values) > 1 else next(iter(values.values()))


def _count_rows(outputs: Mapping[str, TensorProto]) -> int:
    rows = -1
    for name, tensor in sorted(outputs.items()):
        if not tensor.tensor_shape.dim:
            raise invalid(f"Tensor name: {name} has no shape information ")
        size = tensor.tensor_shape.dim[0].size
        if rows not in (-1, size):
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {size} expecting: {rows}")
        rows = size
    return rows


def _to_lists(name: str, tensor: TensorProto) -> Any:
    values = tf.make_ndarray(tensor)
    if values.dtype == object:
        write = _write_bytes if name.endswith(_BYTES_SUFFIX) else _write_text
        return np.array([write(each) for each in values.flat], object).reshape(values.shape).tolist()
    if values.dtype.kind == "f" and values.dtype != np.float64:
        # The shortest digits of the same float32: 0.2, not 0.20000000298023224.
        return np.array([float(str(each)) for each in values.flat]).reshape(values.shape).tolist()
    return values.tolist()


def _write_bytes(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode()}


def _write_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
