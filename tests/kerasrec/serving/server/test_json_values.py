import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow.core.framework import types_pb2

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.json_values import ELEMENT_TYPES, describe, is_bytes

FLOAT, DOUBLE, INT32, STRING = types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE, types_pb2.DT_INT32, types_pb2.DT_STRING


def convert(dtype, text):
    return ELEMENT_TYPES[dtype].convert(json.loads(text))


def refusal(dtype, text) -> str:
    with pytest.raises(ServingError) as caught:
        convert(dtype, text)
    assert caught.value.code.name == "INVALID_ARGUMENT"
    return caught.value.text


@pytest.mark.parametrize(
    ("dtype", "text", "element"),
    [
        ("FLOAT", "1", 1.0),
        ("FLOAT", "-2.5e3", -2500.0),
        ("FLOAT", "16777215", 16777215.0),
        ("FLOAT", "Infinity", math.inf),
        ("DOUBLE", "9007199254740991", 9007199254740991.0),
        ("DOUBLE", "1e300", 1e300),
        ("INT32", "-2147483648", -(2**31)),
        ("UINT8", "7", 7),
        ("INT64", "9223372036854775807", 2**63 - 1),
        ("UINT32", "4294967295", 2**32 - 1),
        ("UINT64", "18446744073709551615", 2**64 - 1),
        ("BOOL", "true", True),
        ("STRING", '"aä"', "aä".encode()),
        ("STRING", '{"b64": "/9j/"}', b"\xff\xd8\xff"),
        ("STRING", '{"b64": "YQ"}', b"a"),
        ("STRING", '{"b64": "YW\\nI="}', b"ab"),
        ("STRING", '{"b64": ""}', b""),
    ],
)
def test_a_value_becomes_an_element(dtype, text, element):
    converted = convert(types_pb2.DataType.Value(f"DT_{dtype}"), text)
    assert converted == element
    assert type(converted) is type(element)


def test_nan_is_a_float():
    assert math.isnan(convert(FLOAT, "NaN"))


@pytest.mark.parametrize(
    ("dtype", "text", "message"),
    [
        ("FLOAT", '"a"', 'JSON Value: "a" Type: String is not of expected type: float'),
        ("FLOAT", "true", "JSON Value: true Type: True is not of expected type: float"),
        ("DOUBLE", "null", "JSON Value: null Type: Null is not of expected type: double"),
        ("FLOAT", '{"b64": "YQ"}', 'JSON Value: {\n    "b64": "YQ"\n} Type: Object is not of expected type: float'),
        ("FLOAT", "16777217", "Cannot convert JSON value: 16777217 to float without loss of precision."),
        ("FLOAT", "-1e39", "Cannot convert JSON value: -1e+39 to float without loss of precision."),
        ("DOUBLE", "9007199254740993", "Cannot convert JSON value: 9007199254740993 to double without loss of"),
        ("DOUBLE", "1" + "0" * 400, "Cannot convert JSON value: 1000000"),
        ("INT32", "1.0", "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        ("INT32", "2147483648", "JSON Value: 2147483648 Type: Number is not of expected type: int32"),
        ("INT32", "false", "JSON Value: false Type: False is not of expected type: int32"),
        ("INT64", "9223372036854775808", "JSON Value: 9223372036854775808 Type: Number is not of expected type: int64"),
        ("UINT32", "-1", "JSON Value: -1 Type: Number is not of expected type: uint32"),
        ("BOOL", "1", "JSON Value: 1 Type: Number is not of expected type: bool"),
        ("STRING", "1", "JSON Value: 1 Type: Number is not of expected type: string"),
        ("STRING", '{"a": 1}', 'JSON Value: {\n    "a": 1\n} not formatted correctly for base64 data'),
        ("STRING", '{"b64": 1}', 'JSON Value: {\n    "b64": 1\n} not formatted correctly for base64 data'),
        ("STRING", '{"b64": "Y"}', "Unable to base64 decode"),
        ("STRING", '{"b64": "a-b_"}', "Unable to base64 decode"),
        ("STRING", '{"b64": "ää=="}', "Unable to base64 decode"),
    ],
)
def test_a_value_of_another_type_is_refused(dtype, text, message):
    assert refusal(types_pb2.DataType.Value(f"DT_{dtype}"), text).startswith(message)


@given(st.binary())
def test_bytes_survive_base64(content):
    import base64

    assert ELEMENT_TYPES[STRING].convert({"b64": base64.b64encode(content).decode()}) == content


@given(st.floats(width=32, allow_nan=False))
def test_every_float_survives(value):
    sent = ELEMENT_TYPES[FLOAT].convert(json.loads(json.dumps(value)))
    assert struct.pack("f", sent) == struct.pack("f", value)


def test_only_an_object_with_one_text_under_b64_is_bytes():
    assert is_bytes({"b64": "AAAA"})
    assert not [each for each in ({"b64": 1}, {"b64": "", "a": 1}, {"a": ""}, {}, "b64", ["b64"]) if is_bytes(each)]


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1_000_000,
        [0.5] * 1_000_000,
        {str(i): i for i in range(100_000)},
        {"k" * 100_000: 1},
        [[[["a" * 999] * 99] * 99]],
    ],
)
def test_a_long_value_is_shortened_in_messages(value):
    assert 20 < len(describe(value)) <= 403


def test_a_short_value_is_repeated_in_full():
    value = {"instances": [{"a": [1, 2.5, None, True]}, "ä"]}
    assert json.loads(describe(value)) == value


def test_a_deep_value_is_shortened_in_messages():
    value: list = []
    for _ in range(500):
        value = [value]
    assert '"..."' in describe(value)
