import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasrec.serving.server.failure import ServingError, not_found
from kerasrec.serving.server.json_requests import read_predict_request


def signature(**dtypes: int) -> SignatureDef:
    made = SignatureDef()
    for alias, dtype in dtypes.items():
        made.inputs[alias].dtype = dtype
    return made


SIGNATURES = {
    "": signature(image_bytes=types_pb2.DT_STRING),
    "log_probs": signature(images=types_pb2.DT_FLOAT, widths=types_pb2.DT_INT32),
    "no_inputs": signature(),
}


def find(spec: ModelSpec) -> SignatureDef:
    if spec.signature_name not in SIGNATURES:
        raise not_found(f"no {spec.signature_name} of {spec.name}")
    return SIGNATURES[spec.signature_name]


def read(body: object):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_predict_request(content, ModelSpec(name="lines"), find)


def test_instances_are_rows_and_inputs_are_columns():
    request, format = read({"instances": [{"b64": "YQ=="}]})
    assert format == "row"
    assert request.model_spec.name == "lines"
    assert tf.make_ndarray(request.inputs["image_bytes"]).tolist() == [b"a"]
    request, format = read({"inputs": [{"b64": "YQ=="}, "b"]})
    assert format == "column"
    assert tf.make_ndarray(request.inputs["image_bytes"]).tolist() == [b"a", b"b"]


def test_the_body_names_the_signature():
    request, _ = read({"signature_name": "log_probs", "inputs": {"images": [[[0], [1]]], "widths": [2]}})
    assert request.model_spec.signature_name == "log_probs"
    assert list(request.inputs["images"].float_val) == [0, 1]
    np.testing.assert_array_equal(tf.make_ndarray(request.inputs["widths"]), [2])


def test_the_version_of_the_url_is_kept():
    spec = ModelSpec(name="lines", version_label="stable")
    request, _ = read_predict_request(b'{"inputs": "a"}', spec, find)
    assert request.model_spec.version_label == "stable"


def test_a_byte_order_mark_and_other_keys_are_ignored():
    assert read(b'\xef\xbb\xbf{"instances": ["a"], "other": 1}')[1] == "row"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"{", "JSON Parse error: Expecting property name enclosed in double quotes at offset: 1"),
        (b"nope", "JSON Parse error: Expecting value at offset: 0"),
        (b'{"a": 1} {}', "JSON Parse error: Extra data at offset: 9"),
        (b"\x89PNG\r\n\x1a\n", "JSON Parse error: 'utf-8' codec can't decode byte 0x89"),
        (b'{"inputs": "\\ud800"}', "JSON Parse error: 'utf-8' codec can't encode character '\\ud800'"),
        (b'{"inputs": ' + b"1" * 5000 + b"}", "JSON Parse error: Exceeds the limit (4300 digits)"),
        (b'{"inputs":' + b"[" * 100_000, "JSON Parse error: lists and objects are nested too deeply."),
        (b'{"inputs":' + b"[" * 400 + b"1" + b"]" * 400 + b"}", "JSON Value: 1 Type: Number is not of expected type: "),
        (b'{"inputs":[' + b"[]," * 2**21 + b"[]]}", "JSON Parse error: more than 2097152 lists and objects."),
        ([1], "JSON Value: [\n    1\n] Is not object"),
        ({}, "Missing 'inputs' or 'instances' key"),
        (
            {"signature_name": 1},
            "JSON Value: {\n    \"signature_name\": 1\n} not formatted correctly. 'signature_name' ",
        ),
        ({"signature_name": "nope", "inputs": 1}, "no nope of lines"),
        ({"signature_name": "no_inputs"}, "Failed to get input map for signature: no_inputs"),
        (
            {"inputs": 1, "instances": 1},
            'JSON Value: {\n    "inputs": 1,\n    "instances": 1\n} Not formatted correctly expecting only one of '
            "'inputs' or 'instances' keys to exist ",
        ),
        ({"instances": {}}, "JSON Value: {\n    \"instances\": {}\n} Excepting 'instances' to be an list/array"),
        ({"instances": []}, "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array"),
    ],
)
def test_invalid_requests_are_refused(body, message):
    with pytest.raises(ServingError) as caught:
        read(body)
    assert caught.value.text.startswith(message)


def test_a_whole_surrogate_pair_is_accepted():
    request, _ = read(b'{"inputs": "\\ud83d\\ude00"}')
    assert request.inputs["image_bytes"].string_val[0] == "😀".encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just({"b64": "YQ=="}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "instances": JSON,
        "inputs": JSON | st.fixed_dictionaries({"images": JSON, "widths": JSON}),
        "signature_name": st.sampled_from(["", "log_probs", "no_inputs", "nope", 3]),
    },
)


@settings(max_examples=300)
@given(JSON | REQUESTS)
def test_any_json_is_read_or_refused(document):
    try:
        request, format = read(document)
    except ServingError as error:
        assert error.code.name in ("INVALID_ARGUMENT", "NOT_FOUND")
        assert len(error.text) < 2000
    else:
        assert format in ("row", "column")
        assert request.inputs


@given(st.binary(max_size=50))
def test_any_bytes_are_read_or_refused(body):
    with pytest.raises(ServingError):
        read(body)
