"""The configuration of the models to serve."""

import pytest
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from kerasrec.errors import UsageError
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.model_config import check_models, find_roots, folder_config, read_config
from kerasrec.serving.server.version_policy import choose_versions

CONFIG = """
model_config_list {
  config {
    name: "lines" base_path: "/models/lines" model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "stable" value: 1 }
  }
}
"""


def test_a_file_is_read(tmp_path):
    (tmp_path / "models.config").write_text(CONFIG)
    (model,) = read_config(tmp_path / "models.config").model_config_list.config
    assert (model.name, model.base_path, dict(model.version_labels)) == ("lines", "/models/lines", {"stable": 1})
    assert list(model.model_version_policy.specific.versions) == [1, 2]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'model_config_list { config { base_pth: "/" } }', r'1:30 : .*has no field named "base_pth"'),
        (b"max_batch_size: 32", "no field named"),
        (b"\xff", "codec can't decode"),
        (None, "No such file"),
    ],
)
def test_the_error_names_an_invalid_file_and_its_fault(tmp_path, content, text):
    file = tmp_path / "models.config"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=f"{file} cannot be (used|read).*{text}"):
        read_config(file)


@pytest.mark.parametrize(
    ("options", "served"), [({}, [3]), ({"versions": [1, 2]}, [2, 1]), ({"all_versions": True}, [3, 2, 1])]
)
def test_a_folder_is_a_model(tmp_path, options, served):
    for number in (1, 2, 3):
        (tmp_path / str(number)).mkdir()
    (model,) = folder_config(tmp_path, "lines", **options).model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("lines", str(tmp_path), "tensorflow")
    assert choose_versions(model.model_version_policy, {1, 2, 3}) == served


def test_a_relative_folder_becomes_absolute(tmp_path, monkeypatch):
    (tmp_path / "lines" / "1").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    (model,) = folder_config((tmp_path / "lines").relative_to(tmp_path), "lines").model_config_list.config
    assert model.base_path == str(tmp_path / "lines")
    check_models([model])


def test_a_folder_without_versions_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has no folder whose name is a number"):
        folder_config(tmp_path, "lines")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("", ""), None),
        (
            ('name: "lines" base_path: "/models/lines"', 'name: "lines"'),
            r"Expected model lines to have an absolute path",
        ),
        (('"/models/lines"', '"models/lines"'), r"absolute path or URI; got base_path\(\)=models/lines"),
        (('"tensorflow"', '"pytorch"'), "Model lines requests unsupported platform pytorch"),
    ],
)
def test_models_that_tensorflow_serving_refuses_are_refused(change, text):
    models = text_format.Parse(CONFIG.replace(*change), ModelServerConfig()).model_config_list.config
    if text is None:
        check_models(models)
        return
    with pytest.raises(ServingError, match=text) as caught:
        check_models(models)
    assert caught.value.code.name == "INVALID_ARGUMENT"


def test_two_models_with_the_same_name_are_refused():
    models = text_format.Parse(CONFIG, ModelServerConfig()).model_config_list.config
    models.add().CopyFrom(models[0])
    with pytest.raises(ServingError, match="^Illegal to list model lines multiple times in config list$"):
        check_models(models)


def test_new_models_may_be_beside_the_served_ones_but_not_in_the_whole_file_system():
    config = text_format.Parse(CONFIG, ModelServerConfig()).model_config_list.config
    config.add(base_path="/lines")
    assert list(map(str, find_roots(config))) == ["/models", "/lines"]
