import pytest
import yaml

from kerasrec.errors import UsageError
from kerasrec.serving.config.folder import check_folder, check_name, read_stable, write_serving_config
from kerasrec.serving.config.schemas import parse_batching, parse_models, parse_monitoring


@pytest.fixture
def written(tmp_path):
    """The files for versions 3 (stable) and 4 (canary), by name."""
    folder = tmp_path / "deploy"
    write_serving_config(folder, tmp_path / "models" / "lines", stable=3, canary=4)
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def test_all_files_are_written(written):
    expected = {"models.config", "batching_parameters.txt", "monitoring.config", "kubernetes.yaml", "README.md"}
    assert set(written) == expected


def test_models_config_has_the_models_path_and_labels(written, tmp_path):
    (model,) = parse_models(written["models.config"]).model_config_list.config
    assert (model.name, model.base_path) == ("lines", str(tmp_path / "models" / "lines"))
    assert model.model_platform == "tensorflow"
    assert dict(model.version_labels) == {"stable": 3, "canary": 4}
    assert list(model.model_version_policy.specific.versions) == [3, 4]


def test_the_first_version_is_stable_and_canary(tmp_path):
    write_serving_config(tmp_path, tmp_path / "lines", 1, 1)
    (model,) = parse_models((tmp_path / "models.config").read_text()).model_config_list.config
    assert list(model.model_version_policy.specific.versions) == [1]
    assert dict(model.version_labels) == {"stable": 1, "canary": 1}


def test_batches_and_metrics(written):
    batching = parse_batching(written["batching_parameters.txt"])
    assert batching.max_batch_size.value == 32
    assert batching.pad_variable_length_inputs
    monitoring = parse_monitoring(written["monitoring.config"]).prometheus_config
    assert (monitoring.enable, monitoring.path) == (True, "/monitoring/prometheus/metrics")


def test_the_readme_has_command_lines_for_these_files(written, tmp_path):
    page = written["README.md"]
    for flag in (
        f"--model_config_file={tmp_path}/deploy/models.config",
        f"--batching_parameters_file={tmp_path}/deploy/batching_parameters.txt",
        f"--monitoring_config_file={tmp_path}/deploy/monitoring.config",
        "--allow_version_labels_for_unavailable_models=true",
        "--enable_batching=true",
        "--enable_grpc_healthcheck_service=true",
    ):
        assert page.count(flag) == 2  # the binary and Docker
    mount = f"{tmp_path}/models/lines:{tmp_path}/models/lines:ro"
    assert f"-v {mount} " in page
    assert '"$(base64 -w0 line.png)\\"' in page
    assert "It was not tested with `tensorflow_model_server`" in page


def test_paths_with_spaces_and_quotes_are_quoted(tmp_path):
    model = tmp_path / 'my "models"' / "lines"
    write_serving_config(tmp_path / "to deploy", model, 1, 1)
    (config,) = parse_models((tmp_path / "to deploy" / "models.config").read_text()).model_config_list.config
    assert config.base_path == str(model)
    page = (tmp_path / "to deploy" / "README.md").read_text()
    assert f"'--model_config_file={tmp_path}/to deploy/models.config'" in page


def test_kubernetes_objects_are_valid(written):
    claim, config, deployment, service = yaml.safe_load_all(written["kubernetes.yaml"])
    assert [each["kind"] for each in (claim, config, deployment, service)] == [
        "PersistentVolumeClaim",
        "ConfigMap",
        "Deployment",
        "Service",
    ]
    (model,) = parse_models(config["data"]["models.config"]).model_config_list.config
    assert (model.base_path, dict(model.version_labels)) == ("/models/lines", {"stable": 3, "canary": 4})
    parse_batching(config["data"]["batching_parameters.txt"])
    parse_monitoring(config["data"]["monitoring.config"])
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/v1/models/lines/labels/stable/metadata"
    assert container["image"].startswith("tensorflow/serving:2.")
    assert "--model_config_file=/config/models.config" in container["args"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == set(ports)
    selector = service["spec"]["selector"]
    assert selector == deployment["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]


@pytest.mark.parametrize("name", ["Lines", "my lines", "-a", "a_b", "x" * 51, "línea"])
def test_a_name_that_is_invalid_for_a_service_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=f"at most 50 lower-case letters.*the folder is named '{name}'"):
        check_name(tmp_path / name)


@pytest.mark.parametrize("name", ["lines", "a", "iam-2", "x" * 50])
def test_a_name_that_is_valid_for_a_service_is_returned(tmp_path, name):
    assert check_name(tmp_path / name) == name


def test_the_stable_version_is_returned_if_it_still_exists(written, tmp_path):
    assert read_stable(tmp_path / "deploy", tmp_path / "models" / "lines") is None
    (tmp_path / "models" / "lines" / "3").mkdir(parents=True)
    assert read_stable(tmp_path / "deploy", tmp_path / "models" / "lines") == 3


def test_without_files_for_this_model_no_version_is_stable(written, tmp_path):
    assert read_stable(tmp_path / "nowhere", tmp_path / "models" / "lines") is None
    assert read_stable(tmp_path / "deploy", tmp_path / "models" / "others") is None


def test_a_models_config_that_cannot_be_parsed_is_an_error(tmp_path):
    (tmp_path / "models.config").write_text("mine")
    with pytest.raises(UsageError, match="models.config in TensorFlow Serving's text format"):
        read_stable(tmp_path, tmp_path / "lines")


def test_other_files_are_not_replaced(tmp_path):
    (tmp_path / "README.md").write_text("my own")
    with pytest.raises(UsageError, match="has README.md, which `kerasrec export` did not write"):
        write_serving_config(tmp_path, tmp_path / "lines", 1, 1)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("README.md", "my own")]


def test_files_of_an_earlier_call_are_replaced(tmp_path):
    write_serving_config(tmp_path, tmp_path / "lines", 1, 1)
    write_serving_config(tmp_path, tmp_path / "lines", 1, 2)
    (model,) = parse_models((tmp_path / "models.config").read_text()).model_config_list.config
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}


@pytest.mark.parametrize("place", ["file", "file/in/it"])
def test_a_file_is_not_a_folder(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="files need a folder, but .*/file is a file"):
        check_folder(tmp_path / place)
