"""The client's messages and TensorFlow Serving's own: each reads what the other writes."""

import numpy as np
import pytest
from grpc_health.v1 import health_pb2
from tensorflow import make_ndarray, make_tensor_proto
from tensorflow_serving.apis import get_model_status_pb2, model_service_pb2, predict_pb2, prediction_service_pb2

from kerasrec.serving.client import protocol
from kerasrec.serving.client.tensors import read_numbers, read_strings, write_strings


@pytest.mark.parametrize("choice", [{}, {"version": 7}, {"version": 0}, {"label": "stable"}])
def test_a_predict_request_is_compatible(choice):
    ours = protocol.PredictRequest(output_filter=["text"])
    ours.model_spec.name, ours.model_spec.signature_name = "lines", "serving_default"
    if "version" in choice:
        ours.model_spec.version.value = choice["version"]
    if "label" in choice:
        ours.model_spec.version_label = choice["label"]
    ours.inputs["image_bytes"].CopyFrom(write_strings([b"\x89PNG", b""]))
    theirs = predict_pb2.PredictRequest.FromString(ours.SerializeToString())
    assert (theirs.model_spec.name, theirs.model_spec.signature_name) == ("lines", "serving_default")
    assert theirs.model_spec.HasField("version") == ("version" in choice)
    assert theirs.model_spec.version.value == choice.get("version", 0)
    assert theirs.model_spec.version_label == choice.get("label", "")
    assert list(theirs.output_filter) == ["text"]
    assert make_ndarray(theirs.inputs["image_bytes"]).tolist() == [b"\x89PNG", b""]
    assert protocol.PredictRequest.FromString(theirs.SerializeToString()) == ours


def test_a_response_with_further_fields_is_compatible():
    theirs = predict_pb2.PredictResponse()
    theirs.model_spec.name = "lines"
    theirs.model_spec.version.value = 2**40
    values = {"text": [b"a", "\u00e9".encode()], "confidence": np.array([0.25, 0.5], np.float32)}
    for name, value in values.items():
        theirs.outputs[name].CopyFrom(make_tensor_proto(value))
    theirs.outputs["other"].CopyFrom(make_tensor_proto(np.array([1.5, 2.5], np.float64)))
    theirs.outputs["other"].version_number = 3  # a field that the client does not know
    theirs.outputs["confidence"].tensor_shape.dim[0].name = "lines"
    ours = protocol.PredictResponse.FromString(theirs.SerializeToString())
    assert (ours.model_spec.name, ours.model_spec.version.value) == ("lines", 2**40)
    assert read_strings(ours.outputs["text"]) == values["text"]
    np.testing.assert_array_equal(read_numbers(ours.outputs["confidence"], protocol.FLOAT, 1), [0.25, 0.5])


def test_the_types_of_tensors_match_tensorflow():
    assert make_tensor_proto(np.float32(1)).dtype == protocol.FLOAT
    assert make_tensor_proto(np.int32(1)).dtype == protocol.INT32
    assert make_tensor_proto(b"").dtype == protocol.STRING


def test_a_status_request_is_compatible():
    ours = protocol.GetModelStatusRequest()
    ours.model_spec.name = "lines"
    ours.model_spec.version.value = 3
    theirs = get_model_status_pb2.GetModelStatusRequest.FromString(ours.SerializeToString())
    assert (theirs.model_spec.name, theirs.model_spec.version.value) == ("lines", 3)


def test_a_status_response_is_compatible():
    theirs = get_model_status_pb2.GetModelStatusResponse()
    for number, (name, state) in enumerate(get_model_status_pb2.ModelVersionStatus.State.items()):
        status = theirs.model_version_status.add(version=number, state=state).status
        status.error_code, status.error_message = 5, f"{name}!"
    ours = protocol.GetModelStatusResponse.FromString(theirs.SerializeToString())
    found = [(protocol.STATES[each.state], each.status.error_message) for each in ours.model_version_status]
    assert found == [(name, f"{name}!") for name in get_model_status_pb2.ModelVersionStatus.State.keys()]
    assert [each.status.error_code for each in ours.model_version_status] == [5] * len(found)


def test_health_messages_are_compatible():
    ours = protocol.HealthCheckRequest(service="a")
    assert health_pb2.HealthCheckRequest.FromString(ours.SerializeToString()).service == "a"
    serving = health_pb2.HealthCheckResponse.SERVING
    theirs = health_pb2.HealthCheckResponse(status=serving)
    assert protocol.HealthCheckResponse.FromString(theirs.SerializeToString()).status == serving == protocol.SERVING


def test_calls_go_to_the_services_of_tensorflow_serving():
    predict = prediction_service_pb2.DESCRIPTOR.services_by_name["PredictionService"]
    models = model_service_pb2.DESCRIPTOR.services_by_name["ModelService"]
    health = health_pb2.DESCRIPTOR.services_by_name["Health"]
    paths = [
        f"/{service.full_name}/{service.methods_by_name[method].name}"
        for service, method in ((predict, "Predict"), (models, "GetModelStatus"), (health, "Check"))
    ]
    assert [call.path for call in protocol.CALLS] == paths
    assert (predict.full_name, models.full_name) == (protocol.PREDICTION_SERVICE, protocol.MODEL_SERVICE)
