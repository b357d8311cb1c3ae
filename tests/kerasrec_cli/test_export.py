import pytest

from kerasrec_cli import export as command


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_a_version_is_made_and_what_to_do_with_it_is_told(kerasrec, run, tmp_path, monkeypatch):
    from kerasrec.export import saved_model
    from kerasrec.export.check import Checked

    made = saved_model.Exported(tmp_path / "lines" / "1", 12_600_000, Checked(32, 4.8e-7))
    monkeypatch.setattr(saved_model, "export_saved_model", lambda source, folder: made)
    result = kerasrec("export", run, tmp_path / "lines")
    assert result.exit_code == 0
    assert f"{tmp_path / 'lines' / '1'}  12.6 MB" in result.output
    assert "32 pictures, the same texts, confidences at most 5e-07 apart" in result.output
    assert f"kerasrec serve {tmp_path / 'lines'}" in result.output


def test_a_run_that_is_not_there_is_wrong_usage(kerasrec, tmp_path):
    result = kerasrec("export", tmp_path / "nowhere", tmp_path / "lines")
    assert result.exit_code == 2
    assert "nowhere" in result.output and "does not exist" in result.output


def test_a_folder_that_is_no_run_fails(kerasrec, run, tmp_path):
    result = kerasrec("export", run, tmp_path / "lines")
    assert result.exit_code == 1
    assert "holds no settings.json" in result.output
    assert not (tmp_path / "lines").exists()


def test_the_examples_name_the_command():
    assert "kerasrec export runs/emnist saved_models/lines" in command.EXAMPLES
