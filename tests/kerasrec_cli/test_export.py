import shlex

import pytest

from kerasrec.export.check import Checked
from kerasrec.export.saved_model import Exported
from kerasrec.export.versions import find_versions
from kerasrec.serving.config.schemas import parse_models
from kerasrec.training import run as runs
from kerasrec_cli import export as command


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def exports(run, monkeypatch):
    """Gives the run a recognizer whose export creates an empty version at once."""

    class Small:
        def export(self, folder):
            version = folder / str(len(find_versions(folder)) + 1)
            version.mkdir(parents=True)
            return Exported(version, 12_600_000, Checked(32, 4.8e-7))

    monkeypatch.setattr(runs, "open_recognizer", {run: Small()}.__getitem__)


def test_a_version_is_created_and_the_next_step_is_printed(kerasrec, run, tmp_path, exports):
    result = kerasrec("export", run, tmp_path / "lines")
    assert result.exit_code == 0
    assert f"{tmp_path / 'lines' / '1'}  12.6 MB" in result.output
    assert "32 images, the same texts, confidences at most 5e-07 apart" in result.output
    assert f"kerasrec serve {tmp_path / 'lines'}" in result.output


def test_the_printed_command_can_be_pasted(kerasrec, run, tmp_path, exports):
    model = tmp_path / "my lines; rm"
    command = kerasrec("export", run, model).stdout.splitlines()[-1].removeprefix("Serve it with: ")
    assert shlex.split(command) == ["kerasrec", "serve", str(model)]


def test_a_missing_run_is_wrong_usage(kerasrec, tmp_path):
    result = kerasrec("export", tmp_path / "nowhere", tmp_path / "lines")
    assert result.exit_code == 2
    words = "".join(result.output.replace("│", "").split())  # the path may take two lines of the box
    assert "nowhere" in words and "doesnotexist" in words


def test_a_folder_that_is_not_a_run_fails(kerasrec, run, tmp_path):
    result = kerasrec("export", run, tmp_path / "lines")
    assert result.exit_code == 1
    assert "holds no settings.json" in result.output
    assert not (tmp_path / "lines").exists()


def test_a_new_version_is_the_canary_and_the_stable_one_stays(kerasrec, run, tmp_path, exports):
    config = tmp_path / "deploy" / "models.config"
    for labels in ({"stable": 1, "canary": 1}, {"stable": 1, "canary": 2}, {"stable": 1, "canary": 3}):
        result = kerasrec("export", run, tmp_path / "lines", "--serving-config", config.parent)
        assert result.exit_code == 0
        assert f"Or with TensorFlow Serving: see {config.parent / 'README.md'}" in result.output
        (model,) = parse_models(config.read_text()).model_config_list.config
        assert dict(model.version_labels) == labels


def test_a_canary_that_was_promoted_stays_stable(kerasrec, run, tmp_path, exports):
    config = tmp_path / "deploy" / "models.config"
    for _ in range(2):
        kerasrec("export", run, tmp_path / "lines", "--serving-config", config.parent)
    config.write_text(config.read_text().replace('key: "stable" value: 1', 'key: "stable" value: 2'))
    kerasrec("export", run, tmp_path / "lines", "--serving-config", config.parent)
    (model,) = parse_models(config.read_text()).model_config_list.config
    assert dict(model.version_labels) == {"stable": 2, "canary": 3}


def test_an_invalid_service_name_is_refused_before_the_export(kerasrec, run, tmp_path, exports):
    result = kerasrec("export", run, tmp_path / "My Lines", "--serving-config", tmp_path / "deploy")
    assert result.exit_code == 2
    assert "'My Lines'" in result.output
    assert not (tmp_path / "My Lines").exists()


def test_an_invalid_configuration_folder_is_refused_before_the_export(kerasrec, run, tmp_path, exports):
    (tmp_path / "file").write_text("")
    result = kerasrec("export", run, tmp_path / "lines", "--serving-config", tmp_path / "file")
    assert result.exit_code == 2
    assert "file is a file" in result.output
    assert not (tmp_path / "lines").exists()


def test_the_examples_name_the_command():
    assert "kerasrec export runs/emnist saved_models/lines" in command.EXAMPLES
