import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse, ModelVersionStatus
from tensorflow_serving.apis.predict_pb2 import PredictResponse

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.json_answers import write_metadata, write_predictions, write_status


def response(**outputs: object) -> PredictResponse:
    made = PredictResponse()
    for name, values in outputs.items():
        made.outputs[name].CopyFrom(tf.make_tensor_proto(values))
    return made


def predictions(format="row", **outputs):
    return json.loads(write_predictions(response(**outputs), format))


def test_several_outputs_are_objects_in_rows():
    answer = predictions(
        text=[b"ab", "ä".encode()], confidence=np.float32([0.5, 0.25]), start=np.float32([[1, 2], [3, 4]])
    )
    assert answer == {
        "predictions": [
            {"text": "ab", "confidence": 0.5, "start": [1.0, 2.0]},
            {"text": "ä", "confidence": 0.25, "start": [3.0, 4.0]},
        ]
    }


def test_several_outputs_are_an_object_of_columns():
    answer = predictions("column", text=[b"ab", b"c"], count=np.int32([2, 1]))
    assert answer == {"outputs": {"text": ["ab", "c"], "count": [2, 1]}}


def test_a_single_output_is_written_without_its_name():
    assert predictions(text=[b"ab", b"c"]) == {"predictions": ["ab", "c"]}
    assert predictions("column", text=[b"ab", b"c"]) == {"outputs": ["ab", "c"]}
    assert predictions("column", mean=np.float32(0.5)) == {"outputs": 0.5}


def test_outputs_whose_name_ends_in_bytes_are_base64():
    assert predictions(image_bytes=[b"\xff\x00"]) == {"predictions": [{"b64": "/wA="}]}
    assert predictions("column", image_bytes=[[b"a"]], text=[b"a"]) == {
        "outputs": {"image_bytes": [[{"b64": "YQ=="}]], "text": ["a"]}
    }


def test_invalid_utf8_becomes_valid_json():
    assert predictions(text=[b"a\xffb"]) == {"predictions": ["a\ufffdb"]}


def test_numbers_have_the_fewest_digits():
    written = write_predictions(response(x=np.float32([0.2, 1, 1e-30, 0.99937])), "column").decode()
    assert written == '{"outputs": [0.2, 1.0, 1e-30, 0.99937]}'


def test_numbers_that_json_lacks_are_written_as_tensorflow_serving_does():
    written = write_predictions(response(x=np.float32([np.nan, np.inf, -np.inf])), "row").decode()
    assert written == '{"predictions": [NaN, Infinity, -Infinity]}'


@given(
    arrays(np.float32, array_shapes(min_dims=1, max_dims=3, min_side=1), elements=st.floats(width=32, allow_nan=False))
)
def test_any_numbers_survive_a_round_trip(values):
    np.testing.assert_array_equal(np.float32(predictions(x=values)["predictions"]), values)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, np.float64, np.float16, bool])
def test_every_type_of_number_is_written(dtype):
    assert predictions(x=np.array([[0, 1]], dtype)) == {"predictions": [[0, 1]]}


def test_typed_fields_are_read_like_packed_ones():
    made = PredictResponse()
    made.outputs["x"].dtype = types_pb2.DT_FLOAT
    for size in (2, 2):
        made.outputs["x"].tensor_shape.dim.add().size = size
    made.outputs["x"].float_val.extend([1, 2, 3, 4])
    assert json.loads(write_predictions(made, "row")) == {"predictions": [[1, 2], [3, 4]]}


def test_empty_tensors_are_written():
    assert predictions(x=np.zeros((2, 0), np.float32)) == {"predictions": [[], []]}
    assert predictions(text=np.zeros((0,), np.float32)) == {"predictions": []}


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "Cannot convert empty tensor map to JSON"),
        ({"x": np.float32(1)}, "Tensor name: x has no shape information "),
        ({"a": np.zeros(2), "b": np.zeros(3)}, "Tensor name: b has inconsistent batch size: 3 expecting: 2"),
    ],
)
def test_outputs_without_common_rows_are_refused(outputs, message):
    with pytest.raises(ServingError) as caught:
        predictions(**outputs)
    assert caught.value.text == message


def test_the_status_is_written_as_tensorflow_serving_does():
    made = GetModelStatusResponse()
    made.model_version_status.add(version=123, state=ModelVersionStatus.AVAILABLE).status.error_code = 0
    assert json.loads(write_status(made)) == {
        "model_version_status": [
            {"version": "123", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ]
    }


def test_the_metadata_is_written_as_tensorflow_serving_does():
    signatures = SignatureDefMap()
    info = signatures.signature_def["serving_default"].inputs["image_bytes"]
    info.name, info.dtype = "x:0", types_pb2.DT_STRING
    info.tensor_shape.dim.add().size = -1
    made = GetModelMetadataResponse()
    made.model_spec.name = "lines"
    made.model_spec.version.value = 2
    made.metadata["signature_def"].Pack(signatures)
    answer = json.loads(write_metadata(made))
    assert answer["model_spec"] == {"name": "lines", "signature_name": "", "version": "2"}
    (signature,) = answer["metadata"]["signature_def"]["signature_def"].values()
    assert signature["inputs"]["image_bytes"] == {
        "name": "x:0",
        "dtype": "DT_STRING",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
    }
    assert signature["method_name"] == ""
