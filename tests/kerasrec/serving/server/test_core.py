"""The core: protos in, protos out."""

import shutil

import pytest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from kerasrec.serving.server.batching import Closed
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.servable import ComputeSettings


@pytest.fixture(scope="module")
def core(toy_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "lines"
    for number in (1, 2):
        toy_model(folder, number)
    core = ServingCore(ComputeSettings(Limits(deadline_seconds=0.5)), allow_reload=True)
    config = folder_config(folder, "lines", all_versions=True).model_config_list.config
    config[0].version_labels["stable"] = 1
    core.start(config)
    yield core
    core.close()


def text(response):
    return response.outputs["text"].string_val[0]


def test_a_request_is_answered_by_its_version(core, predict_request, png):
    assert (core.model_names, core.available) == (["lines"], {"lines": [2, 1]})
    assert text(core.predict(predict_request(image_bytes=[png()]))) == b"v2-28x40"
    assert text(core.predict(predict_request(image_bytes=[png()], version=1))) == b"v1-28x40"
    labelled = core.predict(predict_request(image_bytes=[png()], label="stable"))
    assert (text(labelled), labelled.model_spec.version.value) == (b"v1-28x40", 1)
    assert not labelled.model_spec.version_label


@pytest.mark.parametrize("ask", ["predict", "metadata", "status"])
def test_a_request_needs_a_model_spec(core, ask):
    request = {"predict": PredictRequest(), "metadata": GetModelMetadataRequest(), "status": GetModelStatusRequest()}[
        ask
    ]
    with pytest.raises(ServingError, match="^Missing ModelSpec$"):
        getattr(core, ask)(request)


def test_the_shorter_of_the_clients_and_the_servers_deadline_counts(core, predict_request, png):
    request = predict_request(signature="gate", image_bytes=[png()])
    for timeout in (None, 100, 0.05):
        with pytest.raises(ServingError) as caught:
            core.predict(request, timeout)
        assert caught.value.code.name == "DEADLINE_EXCEEDED"


def test_metadata_has_all_signatures(core):
    response = core.metadata(
        GetModelMetadataRequest(model_spec=ModelSpec(name="lines"), metadata_field=["signature_def"])
    )
    assert (response.model_spec.name, response.model_spec.version.value) == ("lines", 2)
    assert not response.model_spec.signature_name
    signatures = SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert {"serving_default", "log_probs", "__saved_model_init_op"} <= set(signatures.signature_def)
    inputs = signatures.signature_def["serving_default"].inputs
    assert inputs["image_bytes"].name == "serving_default_image_bytes:0"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([], "GetModelMetadataRequest must specify at least one metadata_field"),
        (["signature_def", "weights"], "Metadata field weights is not supported"),
    ],
)
def test_other_metadata_is_refused(core, fields, message):
    with pytest.raises(ServingError, match=f"^{message}$") as caught:
        core.metadata(GetModelMetadataRequest(model_spec=ModelSpec(name="lines"), metadata_field=fields))
    assert caught.value.code.name == "INVALID_ARGUMENT"


def test_the_status_of_versions(core):
    response = core.status(GetModelStatusRequest(model_spec=ModelSpec(name="lines")))
    assert [(each.version, each.state) for each in response.model_version_status] == [(2, 30), (1, 30)]


def test_signature_finds_what_predict_finds(core):
    assert "image_bytes" in core.signature(ModelSpec(name="lines")).inputs
    assert "images" in core.signature(ModelSpec(name="lines", signature_name="log_probs")).inputs
    with pytest.raises(ServingError, match='^Serving signature key "zzz" not found.$'):
        core.signature(ModelSpec(name="lines", signature_name="zzz"))
    with pytest.raises(ServingError, match=r"Latest\(nope\)"):
        core.signature(ModelSpec(name="nope"))


@pytest.mark.parametrize("request_", [ReloadConfigRequest(), None], ids=["empty", "custom"])
def test_only_lists_of_models_can_be_reloaded(core, request_):
    if request_ is None:
        request_ = ReloadConfigRequest()
        request_.config.custom_model_config.SetInParent()
    with pytest.raises(ServingError) as caught:
        core.reload(request_)
    assert caught.value.text == (
        "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported"
    )


def test_models_are_reloaded(toy_model, tmp_path, predict_request, png):
    toy_model(tmp_path / "lines", 1)
    core = ServingCore(allow_reload=True)
    core.start(folder_config(tmp_path / "lines", "lines").model_config_list.config)
    shutil.copytree(tmp_path / "lines", tmp_path / "other")
    request = ReloadConfigRequest()
    request.config.CopyFrom(folder_config(tmp_path / "other", "other"))
    assert core.reload(request).status.error_code == 0
    assert text(core.predict(predict_request("other", image_bytes=[png()]))) == b"v1-28x40"
    with pytest.raises(ServingError, match=r"Latest\(lines\)"):
        core.predict(predict_request(image_bytes=[png()]))
    core.close()


def test_models_are_not_reloaded_unless_that_is_allowed(toy_folder):
    core = ServingCore()
    core.start(folder_config(toy_folder, "lines").model_config_list.config)
    request = ReloadConfigRequest()
    request.config.CopyFrom(folder_config(toy_folder, "other"))
    with pytest.raises(ServingError, match="Start it with --allow-reload") as caught:
        core.reload(request)
    assert (caught.value.code.name, core.model_names) == ("PERMISSION_DENIED", ["lines"])
    core.close()


def test_models_elsewhere_are_not_loaded_not_even_through_a_link(core, toy_folder, tmp_path):
    served = core._catalog._models["lines"].base_path
    (served / "link").symlink_to(toy_folder)
    for path in (toy_folder, served / "link", served / ".." / ".." / ".."):
        request = ReloadConfigRequest()
        request.config.model_config_list.config.add(name="other", base_path=str(path), model_platform="tensorflow")
        with pytest.raises(ServingError, match=f"Expected model other below {served.parent}, but") as caught:
            core.reload(request)
        assert (caught.value.code.name, core.model_names) == ("PERMISSION_DENIED", ["lines"])


def test_a_request_to_a_version_just_unloaded_goes_to_its_successor(core, predict_request, png, monkeypatch):
    servable = core._catalog.find(ModelSpec(name="lines"))
    predict, calls = servable.predict, []

    def closed_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise Closed
        return predict(*arguments)

    monkeypatch.setattr(servable, "predict", closed_once)
    assert text(core.predict(predict_request(image_bytes=[png()]))) == b"v2-28x40"
    assert len(calls) == 2


def test_runs_are_counted(core, predict_request, png):
    core.predict(predict_request(image_bytes=[png()]))
    assert b'runtime_latency_count{API="Predict",model_name="lines",runtime="TF1"}' in core.metrics.page()
