import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.json_tensors import tensors_from_inputs, tensors_from_instances

FLOAT, INT32, STRING, HALF = types_pb2.DT_FLOAT, types_pb2.DT_INT32, types_pb2.DT_STRING, types_pb2.DT_HALF
ONE = {"x": FLOAT}
TWO = {"images": FLOAT, "widths": INT32}
B64 = {"b64": "YQ=="}


def arrays(tensors):
    return {name: tf.make_ndarray(tensor) for name, tensor in tensors.items()}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (2.5, np.float32(2.5)),
        ([1, 2], np.array([1, 2], np.float32)),
        ([[1], [2], [3]], np.array([[1], [2], [3]], np.float32)),
        ([[], []], np.zeros((2, 0), np.float32)),
        ({"x": [1, 2]}, np.array([1, 2], np.float32)),
        ({"x": [1], "unused": 2}, np.array([1], np.float32)),
    ],
)
def test_inputs_become_a_tensor(inputs, expected):
    made = arrays(tensors_from_inputs(inputs, ONE))
    assert list(made) == ["x"]
    assert made["x"].dtype == np.float32
    np.testing.assert_array_equal(made["x"], expected)


def test_inputs_become_several_tensors():
    made = arrays(tensors_from_inputs({"images": [[0.5, 1]], "widths": [2, 3]}, TWO))
    np.testing.assert_array_equal(made["images"], [[0.5, 1]])
    np.testing.assert_array_equal(made["widths"], [2, 3])
    assert made["widths"].dtype == np.int32


def test_inputs_of_bytes():
    for inputs in ([B64, "b"], {"x": [B64, "b"]}):
        assert arrays(tensors_from_inputs(inputs, {"x": STRING}))["x"].tolist() == [b"a", b"b"]
    assert arrays(tensors_from_inputs(B64, {"x": STRING}))["x"] == b"a"


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ([1, 2], [1, 2]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ([{"x": 1}, {"x": 2}], [1, 2]),
        ([{"x": [[1]]}], [[[1]]]),
    ],
)
def test_instances_become_rows_of_a_tensor(instances, expected):
    np.testing.assert_array_equal(arrays(tensors_from_instances(instances, ONE))["x"], expected)


def test_instances_become_rows_of_several_tensors():
    made = arrays(tensors_from_instances([{"images": [1, 2], "widths": 3}, {"widths": 6, "images": [4, 5]}], TWO))
    np.testing.assert_array_equal(made["images"], [[1, 2], [4, 5]])
    np.testing.assert_array_equal(made["widths"], [3, 6])


def test_instances_of_bytes():
    for instances in ([B64, B64], [{"x": B64}, {"x": "a"}], [B64, "a"]):
        assert arrays(tensors_from_instances(instances, {"x": STRING}))["x"].tolist() == [b"a", b"a"]


@pytest.mark.parametrize(
    ("inputs", "dtypes", "message"),
    [
        ([1], TWO, "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "),
        (B64, TWO, "inputs is a plain value/list"),
        ({"images": [1]}, TWO, "Missing named input: widths in 'inputs' object."),
        ([[1], 2], ONE, "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
        ([1, [2]], ONE, "Encountered list at unexpected level: 1 expected < 1"),
        ([[1], [2, 3]], ONE, "Encountered list at unexpected size: 2 at level: 1 expected size: 1"),
        (["a"], ONE, 'JSON Value: "a" Type: String is not of expected type: float'),
        ([{"a": 1}], ONE, 'JSON Value: {\n    "a": 1\n} Type: Object is not of expected type: float'),
    ],
)
def test_inputs_that_are_not_tensors_are_refused(inputs, dtypes, message):
    with pytest.raises(ServingError) as caught:
        tensors_from_inputs(inputs, dtypes)
    assert caught.value.text.startswith(message)
    assert caught.value.code.name == "INVALID_ARGUMENT"


FIRST = "Failed to process element: {} of 'instances' list. Error: INVALID_ARGUMENT: {}"


@pytest.mark.parametrize(
    ("instances", "dtypes", "message"),
    [
        (
            [1],
            TWO,
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per",
        ),
        ([{"x": 1}, 2], ONE, "Expecting object but got list at item 1 of input list"),
        ([1, {"x": 1}], ONE, "Expecting value/list but got object at item 1 of input list"),
        ([1, [2, 3]], ONE, FIRST.format(1, "Expecting tensor size: 1 but got: 2")),
        ([1, [2]], ONE, FIRST.format(1, "Expecting shape [] but got: [1]")),
        ([[1, 2], [[3], [4]]], ONE, FIRST.format(1, "Expecting shape [2] but got: [2,1]")),
        ([1, "a"], ONE, FIRST.format(1, 'JSON Value: "a" Type: String is not of expected type: float')),
        ([{"x": "a"}], ONE, FIRST.format("0 key: x", 'JSON Value: "a" Type: String is not of expected type: float')),
        ([{"y": 1}], ONE, FIRST.format("0 key: y", "JSON object: does not have named input: y")),
        (
            [{"images": 1}],
            TWO,
            "Failed to process element: 0 of 'instances' list. JSON object: {\n    \"images\": 1\n} keys must be equal "
            "to: images,widths",
        ),
        ([{}], ONE, "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: x"),
    ],
)
def test_instances_that_are_not_rows_are_refused(instances, dtypes, message):
    with pytest.raises(ServingError) as caught:
        tensors_from_instances(instances, dtypes)
    assert caught.value.text.startswith(message)
    assert caught.value.code.name == "INVALID_ARGUMENT"


def test_a_type_that_json_cannot_express_is_refused():
    with pytest.raises(ServingError, match=r"Conversion of JSON Value: \[\n    1\n\] to type: half") as caught:
        tensors_from_inputs([1], {"x": HALF})
    assert caught.value.code.name == "UNIMPLEMENTED"
