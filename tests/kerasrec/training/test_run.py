import os
import shutil

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadRun, CannotWrite, UsageError
from kerasrec.models import LineResNet
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec
from kerasrec.training.run import Run, open_recognizer
from kerasrec.training.run_folder import FORMAT
from kerasrec.training.settings import TrainSettings


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", TrainSettings(seed=7))


def test_a_run_keeps_its_settings(run):
    assert Run.open(run.folder).settings() == TrainSettings(seed=7)
    assert os.listdir(run.folder) == ["settings.json"]


def test_a_run_is_created_in_a_folder_with_other_files(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert Run.create(tmp_path, TrainSettings()).settings() == TrainSettings()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_run_is_not_overwritten(run):
    with pytest.raises(
        UsageError, match="run already holds a run. Choose another --out, or continue the run with --res"
    ):
        Run.create(run.folder, TrainSettings(seed=8))
    assert run.settings().seed == 7


def test_a_run_cannot_be_created_in_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="file is a file, and a run needs a folder"):
        Run.create(tmp_path / "file", TrainSettings())
    with pytest.raises(CannotWrite, match="settings.json could not be written: "):
        Run.create(tmp_path / "file" / "run", TrainSettings())
    assert (tmp_path / "file").read_text() == "x"


def test_a_folder_without_write_permission_is_reported(tmp_path):
    if os.geteuid() == 0:
        folder = "/proc/kerasrec"  # root may write wherever files can be
    else:
        tmp_path.chmod(0o500)
        folder = tmp_path / "run"
    message = "settings.json could not be written: .* Check .* the permissions of the folder"
    with pytest.raises(CannotWrite, match=message):
        Run.create(type(tmp_path)(folder), TrainSettings())


def test_a_folder_without_a_run_is_rejected(tmp_path):
    with pytest.raises(BadRun, match="holds no settings.json, so it is not a run. Give the --out folder of"):
        Run.open(tmp_path)
    with pytest.raises(BadRun, match="nowhere is not a folder, so it is not a run"):
        Run.open(tmp_path / "nowhere")


def test_an_unfinished_run_without_recognizer_is_reported_with_a_remedy(run):
    with pytest.raises(
        BadRun, match="has no recognizer yet: its first epoch did not end. Continue with `kerasrec train"
    ):
        run.recognizer()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "settings.json cannot be read .*: the run is damaged"),
        ('{"format": 1, "kera', "settings.json cannot be read .*: the run is damaged"),
        ("[]", "settings.json cannot be read .*: the run is damaged"),
        ('{"kerasrec": "1"}', "settings.json cannot be read .*'format'.*: the run is damaged"),
        ('{"format": 1, "kerasrec": "1"}', r"settings.json does not hold the settings of a run \('spec'\)"),
        ('{"format": 1, "kerasrec": "1", "spec": {}, "depth": 3}', "settings.json does not hold .*depth"),
        ('{"format": 1, "kerasrec": "1", "spec": 5}', "settings.json does not hold"),
        ('{"format": 1, "kerasrec": "1", "spec": {}, "seed": -1}', "settings.json does not hold .*seed must be"),
        ('{"format": 9, "kerasrec": "7.1"}', f"run has format 9 of kerasrec 7.1, but this is .* with format {FORMAT}"),
    ],
)
def test_damaged_settings_are_rejected(run, content, message):
    run.settings_file.write_text(content)
    with pytest.raises(BadRun, match=message):
        run.settings()


def test_settings_that_are_not_text_are_rejected(run):
    run.settings_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRun, match="settings.json cannot be read"):
        run.settings()


def test_the_recognizer_loads_from_a_moved_run(trained, tmp_path):
    shutil.copytree(trained.folder, tmp_path / "moved")
    line = np.random.default_rng(0).integers(0, 256, (28, 90), np.uint8)
    here, there = (Run.open(folder).recognizer() for folder in (trained.folder, tmp_path / "moved"))
    assert here.read_lines([line]) == there.read_lines([line])
    assert (there.alphabet.characters, there.spec.max_length) == ("abcd ", 6)


def test_a_damaged_recognizer_is_rejected(trained, tmp_path):
    shutil.copytree(trained.folder, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.recognizer_file.write_bytes(run.recognizer_file.read_bytes()[:3000])
    with pytest.raises(BadRun, match="recognizer.keras is not a recognizer of kerasrec"):
        run.recognizer()


def test_the_history_is_written(run):
    run.write_history([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    assert run.history_file.read_text() == "epoch,loss\n1,0.5\n2,0.25\n"


def test_a_run_without_results_is_discarded(run):
    run.discard_if_empty()
    assert not run.folder.exists()


def test_a_discarded_run_leaves_other_files(run):
    (run.folder / "notes.txt").write_text("mine")
    run.discard_if_empty()
    assert os.listdir(run.folder) == ["notes.txt"]


@pytest.mark.parametrize("made", ["checkpoint.npz", "recognizer.keras"])
def test_a_run_with_results_is_not_discarded(run, made):
    (run.folder / made).write_text("")
    run.discard_if_empty()
    assert sorted(os.listdir(run.folder)) == sorted([made, "settings.json"])


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.build(LineResNet(8, 16, 1), Alphabet("abcd "), LineSpec())


def test_a_recognizer_is_opened_from_its_run_and_from_its_file(recognizer, tmp_path):
    run = Run.create(tmp_path / "run", TrainSettings())
    recognizer.save(run.recognizer_file)
    for path in (run.folder, run.recognizer_file):
        assert open_recognizer(path).alphabet == recognizer.alphabet


def test_a_path_without_a_recognizer_is_rejected(tmp_path):
    with pytest.raises(BadRun, match=r"holds no settings\.json"):
        open_recognizer(tmp_path)
    with pytest.raises(BadRun, match=r"none\.keras is not a recognizer"):
        open_recognizer(tmp_path / "none.keras")
