"""The gRPC services over a real channel: TensorFlow Serving's exact codes and messages."""

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.server import Server, ServerSettings

LONG = 20  # seconds, longer than anything here takes


@pytest.fixture(scope="module")
def server(toy_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lines")
    for number in (1, 2):
        toy_model(folder, number)
    config = folder_config(folder, "lines", all_versions=True)
    config.model_config_list.config[0].version_labels["stable"] = 1
    compute = ComputeSettings(Limits(message_bytes=100_000))
    with Server(config, ServerSettings(port=0, rest_port=None, compute=compute, allow_reload=True)) as server:
        yield server


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.ports.grpc}") as channel:
        yield channel


@pytest.fixture(scope="module")
def predict(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict


def failure(call, request, **options):
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=options.pop("timeout", LONG), **options)
    return caught.value.code().name, caught.value.details()


def test_images_are_read(predict, predict_request, png):
    response = predict(predict_request(image_bytes=[png(40), png(25, grey=51)]), timeout=LONG)
    assert list(response.outputs["text"].string_val) == [b"v2-28x40", b"v2-28x25"]
    assert [(response.model_spec.name, response.model_spec.version.value)] == [("lines", 2)]
    assert response.model_spec.signature_name == "serving_default"


SIZE = "input size does not match signature: "
CASES = {
    "no spec": (PredictRequest(), "INVALID_ARGUMENT", "Missing ModelSpec"),
    "no name": ({"name": ""}, "INVALID_ARGUMENT", "ModelSpec has no name specified."),
    "model": ({"name": "nope"}, "NOT_FOUND", "Servable not found for request: Latest(nope)"),
    "version": ({"version": 9}, "NOT_FOUND", "Servable not found for request: Specific(lines, 9)"),
    "label": ({"label": "beta"}, "INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
    "signature": ({"signature": "zzz"}, "FAILED_PRECONDITION", 'Serving signature key "zzz" not found.'),
    "more inputs": (
        {"image_bytes": [b""], "foo": [b""]},
        "INVALID_ARGUMENT",
        SIZE + "2!=1 len({foo,image_bytes}) != len({image_bytes}). Sent extra: {foo}. Missing but required: {}.",
    ),
    "other input": (
        {"foo": [b""]},
        "INVALID_ARGUMENT",
        "Signature input alias: image_bytes(feed name: serving_default_image_bytes:0) not found in request and no "
        "default value provided. Inputs expected to be in the request {foo}, or default input alias set: ",
    ),
    "no tensor": (
        {"image_bytes": tf.make_tensor_proto(np.zeros(3), shape=(3,)).__class__()},
        "INVALID_ARGUMENT",
        "tensor parsing error: image_bytes",
    ),
    "output": (
        {"image_bytes": [b""], "output_filter": ("nope",)},
        "INVALID_ARGUMENT",
        "output tensor alias not found in signature: nope Outputs expected to be in the set {character_confidence,"
        "character_count,character_end,character_start,confidence,text}.",
    ),
    "output twice": (
        {"image_bytes": [b""], "output_filter": ("text", "text")},
        "INVALID_ARGUMENT",
        "duplicate output tensor alias: text",
    ),
    "type": (
        {"image_bytes": np.zeros(1, np.float32)},
        "INVALID_ARGUMENT",
        "Expects arg[0] to be string but float is provided",
    ),
    "rank": (
        {"image_bytes": [[b"", b""]]},
        "INVALID_ARGUMENT",
        "Shape of tensor serving_default_image_bytes [1,2] is not compatible with expected shape [?]",
    ),
    "too many": (
        {"image_bytes": [b""] * 33},
        "INVALID_ARGUMENT",
        "Task size 33 is larger than maximum input batch size 32",
    ),
    "no image": (
        {"image_bytes": [b"xx"]},
        "INVALID_ARGUMENT",
        "Unknown image file format. One of JPEG, JPEG XL, PNG, GIF, BMP, WebP required.",
    ),
    "too late": ({"signature": "gate", "image_bytes": [b""]}, "DEADLINE_EXCEEDED", None),
}


@pytest.mark.parametrize(("asked", "code", "text"), CASES.values(), ids=CASES)
def test_invalid_requests_get_tensorflow_servings_messages(predict, predict_request, png, asked, code, text):
    request = asked if isinstance(asked, PredictRequest) else predict_request(**asked)
    timeout = 0.1 if code == "DEADLINE_EXCEEDED" else LONG
    found = failure(predict, request, timeout=timeout)
    assert found[0] == code
    assert text in (None, found[1])
    response = predict(predict_request(image_bytes=[png()]), timeout=LONG)
    assert response.outputs["text"].string_val[0] == b"v2-28x40"


def test_a_long_message_is_cut(predict, predict_request):
    code, text = failure(predict, predict_request("m" * 5000))
    assert (code, len(text), text[-12:]) == ("NOT_FOUND", 1036, "...TRUNCATED"[-12:])


def test_a_long_message_of_multibyte_characters_arrives(predict, predict_request):
    code, text = failure(predict, predict_request("\N{GRINNING FACE}" * 2000))
    assert code == "NOT_FOUND"
    assert text.startswith("Servable not found for request: Latest(\N{GRINNING FACE}")


def test_too_large_a_message_is_refused(predict, predict_request):
    code, text = failure(predict, predict_request(image_bytes=[b"x" * 100_000]))
    assert code == "RESOURCE_EXHAUSTED"
    assert "larger than max" in text


def test_bytes_that_are_not_a_message_are_refused(channel, predict, predict_request, png):
    raw = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    code, text = failure(raw, b"\xff\xff\xff")
    assert (code, "Traceback" in text) == ("INTERNAL", False)
    assert predict(predict_request(image_bytes=[png()]), timeout=LONG).outputs["text"].string_val[0] == b"v2-28x40"


@pytest.mark.parametrize("method", ["Classify", "Regress", "MultiInference"])
def test_methods_that_need_examples_are_unimplemented(channel, method):
    raw = channel.unary_unary(f"/tensorflow.serving.PredictionService/{method}")
    assert failure(raw, ClassificationRequest().SerializeToString())[0] == "UNIMPLEMENTED"


def test_metadata_and_status_and_reload_are_answered(channel):
    models = model_service_pb2_grpc.ModelServiceStub(channel)
    metadata = prediction_service_pb2_grpc.PredictionServiceStub(channel).GetModelMetadata
    spec = ModelSpec(name="lines")
    asked = GetModelMetadataRequest(model_spec=spec, metadata_field=["signature_def"])
    assert metadata(asked, timeout=LONG).metadata["signature_def"].type_url == (
        "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    )
    status = models.GetModelStatus(GetModelStatusRequest(model_spec=spec), timeout=LONG)
    assert [(each.version, each.state) for each in status.model_version_status] == [(2, 30), (1, 30)]
    assert failure(models.GetModelStatus, GetModelStatusRequest(model_spec=ModelSpec(name="nope"))) == (
        "NOT_FOUND",
        "Could not find any versions of model nope",
    )
    assert failure(metadata, GetModelMetadataRequest(model_spec=spec)) == (
        "INVALID_ARGUMENT",
        "GetModelMetadataRequest must specify at least one metadata_field",
    )
    assert failure(models.HandleReloadConfigRequest, ReloadConfigRequest())[1].startswith("ServerModelConfig type not")


def test_requests_are_counted_by_status(server, predict, predict_request, png):
    predict(predict_request(image_bytes=[png()]), timeout=LONG)
    failure(predict, predict_request("stranger"))
    page = server.core.metrics.page()
    assert b'request_count{model_name="lines",status="OK"}' in page
    assert b'request_count{model_name="stranger",status="NOT_FOUND"} 1.0' in page
    assert b'request_latency_count{API="Predict",entrypoint="GRPC",model_name="lines"}' in page


def test_an_unexpected_error_is_hidden_from_the_client(server, predict, predict_request, monkeypatch, caplog):
    def fail(*arguments):
        raise KeyError("secret")

    monkeypatch.setattr(server.core, "predict", fail)
    code, text = failure(predict, predict_request())
    assert (code, text) == ("INTERNAL", "The server failed unexpectedly. See its log.")
    assert "secret" in caplog.text
