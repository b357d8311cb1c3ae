"""Parses the JSON body of a Predict request over REST."""

import json
import re
from collections.abc import Callable
from typing import Literal

from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.json_tensors import tensors_from_inputs, tensors_from_instances
from kerasrec.serving.server.json_values import Json, describe

Format = Literal["row", "column"]

_MOST_LISTS = 2**21  # lists and objects in a body: an empty one takes 3 bytes in JSON and 70 in memory
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_predict_request(
    body: bytes, spec: ModelSpec, find_signature: Callable[[ModelSpec], SignatureDef]
) -> tuple[PredictRequest, Format]:
    """Parses a request.

    Args:
        body: The body of the request.
        spec: The model that the URL names; the body may name the signature.
        find_signature: Returns the signature of a spec.

    Returns:
        The request and its format, which is also that of the response: "row" for "instances", "column" for "inputs".

    Raises:
        ServingError: The body is not JSON, not a valid request, or does not fit the signature.
    """
    try:
        document = _parse(body)
        request = PredictRequest(model_spec=spec)
        request.model_spec.signature_name = _signature_name(document)
        dtypes = {alias: info.dtype for alias, info in find_signature(request.model_spec).inputs.items()}
        if not dtypes:
            name = request.model_spec.signature_name or "DEFAULT"
            raise invalid(f"Failed to get input map for signature: {name}")
        tensors, format = _read_tensors(document, dtypes)
    except RecursionError as error:
        raise invalid("JSON Parse error: lists and objects are nested too deeply.") from error
    for alias, tensor in tensors.items():
        request.inputs[alias].CopyFrom(tensor)
    return request, format


def _parse(body: bytes) -> dict[str, Json]:
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    if body.count(b"[") + body.count(b"{") > _MOST_LISTS:
        raise invalid(f"JSON Parse error: more than {_MOST_LISTS} lists and objects. Send fewer lines at a time.")
    try:
        text = body.decode("utf-8-sig")
        document = json.loads(text)
        if _SURROGATE.search(text):  # Python accepts half a surrogate pair, which cannot be encoded in the response
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise invalid(f"JSON Parse error: {error.msg} at offset: {error.pos}") from error
    except ValueError as error:  # not UTF-8, half a surrogate pair, or an integer of thousands of digits
        raise invalid(f"JSON Parse error: {error}") from error
    if not isinstance(document, dict):
        raise _malformed(document, "Is not object")
    return document


def _signature_name(document: dict[str, Json]) -> str:
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise _malformed(document, "not formatted correctly. 'signature_name' key must be a string value.")
    return name


def _read_tensors(document: dict[str, Json], dtypes: dict[str, int]) -> tuple[dict[str, TensorProto], Format]:
    if "instances" in document:
        instances = document["instances"]
        if "inputs" in document:
            raise _malformed(
                document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
            )
        if not isinstance(instances, list):
            raise _malformed(document, "Excepting 'instances' to be an list/array")
        if not instances:
            raise _malformed(document, "No values in 'instances' array")
        return tensors_from_instances(instances, dtypes), "row"
    if "inputs" in document:
        return tensors_from_inputs(document["inputs"], dtypes), "column"
    raise invalid("Missing 'inputs' or 'instances' key")


def _malformed(document: Json, what: str) -> ServingError:
    return invalid(f"JSON Value: {describe(document)} {what}")
