"""Tests of `make_settings`; tests/test_face.py tests whole trainings."""

import shutil

import pytest

from kerasrec.errors import UsageError
from kerasrec.spec import LineSpec
from kerasrec.training.run import Run
from kerasrec.training.train import make_settings, train


@pytest.mark.parametrize(
    ("values", "fixed_width"),
    [
        ({"model": "line_cnn"}, True),
        ({"model": "line_resnet"}, False),
        ({"objective": "cross_entropy"}, True),
        ({"fixed_width": True}, True),
        ({"spec": LineSpec(max_length=5), "model": "line_cnn"}, False),  # a whole spec is used unchanged
    ],
)
def test_lines_have_the_width_that_the_model_and_the_objective_need(values, fixed_width):
    assert make_settings(**values).spec.fixed_width == fixed_width


def test_the_budget_is_either_in_epochs_or_in_minutes():
    assert (make_settings().epochs, make_settings(epochs=3).epochs) == (10, 3)
    assert (make_settings(minutes=3).epochs, make_settings(minutes=3).minutes) == (None, 3)


def test_a_source_that_is_a_path_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").touch()
    assert make_settings(text="text.txt").text == str(tmp_path / "text.txt")
    assert make_settings(text="brown").text == "brown"


def test_a_spec_and_its_fields_cannot_be_given_together():
    with pytest.raises(UsageError, match="Give spec or max_length, not both"):
        make_settings(spec=LineSpec(), max_length=5)


def test_an_alphabet_is_checked_before_the_training():
    with pytest.raises(UsageError, match=r"cannot contain '\\t' \(U\+0009\)"):
        make_settings(characters="ab\t")


def test_a_run_that_another_process_trains_is_left_alone(trained, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(trained.folder, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    busy = f"Another process is training the run in {folder}. Wait for it to end"
    with Run(folder).locked(), pytest.raises(UsageError, match=busy):
        train("line_resnet", out=folder, data_dir=tmp_path, resume=True)
    assert {name: (folder / name).read_bytes() for name in before} == before
