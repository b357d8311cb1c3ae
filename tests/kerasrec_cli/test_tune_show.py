"""`kerasrec tune show` for running, finished and failed searches, and for folders that are not searches."""

import csv
import io
import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from kerasrec.training.settings import TrainSettings
from kerasrec_cli import tune_show
from kerasrec_cli.main import Commands
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import SPACES
from kerasrec_tuning.trials import Refused, Trial

SETTINGS = SearchSettings(TrainSettings(model="line_cnn"), SPACES["line_cnn"], trials=8, minutes=2.0)
PICTURES = {"progress.png", "pareto.png", "effects.png", "parallel.png"}


@pytest.fixture
def folder(tmp_path) -> SearchFolder:
    return SearchFolder.create(tmp_path / "search", SETTINGS, "kerasrec tune search line_cnn", "a machine")


@pytest.fixture
def show():
    """Runs `kerasrec tune show` with arguments."""
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)
    app.callback()(lambda debug=False: None)
    app.command(epilog=tune_show.EXAMPLES)(tune_show.show)

    def run(*arguments: object):
        return CliRunner().invoke(app, ["show", *map(str, arguments)])

    return run


def complete(number: int, val_cer: float, ms: float = 3.0, **changes) -> Trial:
    point = SETTINGS.default | changes
    return Trial(f"{number}", "completed", point, val_cer, ms, 121.4, 30_720, 1.7e9 + 130 * number)


def fail(number: int, reason: str) -> Trial:
    return Trial(f"{number}", "failed", SETTINGS.default | {"conv_dim": 64}, finished=1.7e9, reason=reason)


def test_a_running_search_is_shown_with_its_best_its_failures_and_its_pictures(show, folder):
    for trial in (complete(0, 0.08), complete(1, 0.06, 2.5, conv_dim=48), fail(2, "The loss became NaN.")):
        folder.write_trial(trial)
    folder.write_trial(Trial("3", "running", SETTINGS.default | {"conv_dim": 16}))
    folder.write_refused(Refused(SETTINGS.default, "Too few frames: 12."))
    result = show(folder.path)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert "4 of 8 trials: 2 completed, 1 failed, 1 running" in lines
    assert "1     1      best     6.00%  2.50      121  30,720    48" in lines
    assert "  2  The loss became NaN." in lines
    assert "  1 x  Too few frames: 12." in lines
    assert "That is 25.0% less than the default's 8.00%" in result.stdout
    assert f"Train with it: kerasrec train line_cnn --hyperparameters {folder.path}" in lines
    assert {file.name for file in (folder.path / "pictures").iterdir()} == PICTURES


def test_without_pictures_none_are_drawn(show, folder):
    folder.write_trial(complete(0, 0.08))
    assert show(folder.path, "--no-pictures").exit_code == 0
    assert not (folder.path / "pictures").exists()


def test_a_search_without_complete_trials(show, folder):
    assert "No trial has started yet." in show(folder.path).stdout
    folder.write_trial(Trial("0", "running", SETTINGS.default))
    result = show(folder.path)
    assert result.exit_code == 0
    assert "No trial is complete yet: 1 running, 0 failed." in result.stdout
    assert "No pictures yet: no trial is complete." in result.stdout


def test_the_exit_code_is_1_if_every_trial_failed(show, folder):
    folder.write_trial(fail(0, "The loss became NaN."))
    folder.write_trial(fail(1, "Out of memory."))
    result = show(folder.path)
    assert result.exit_code == 1
    assert result.stderr == "All 2 trials failed, so the search found nothing.\n"
    assert "  1  Out of memory." in result.stdout.splitlines()


def test_only_json_goes_to_stdout(show, folder, tmp_path):
    folder.write_trial(complete(0, 0.08))
    folder.write_trial(complete(1, 0.06, conv_dim=48))
    result = show(folder.path, "--json", "--out", tmp_path / "drawn")
    found = json.loads(result.stdout)
    assert (found["best"], found["default"], found["gain"]) == ("1", "0", pytest.approx(0.25))
    assert {file.name for file in (tmp_path / "drawn").iterdir()} == PICTURES
    assert "Pictures are in" in result.stderr and not (folder.path / "pictures").exists()


def test_csv_has_a_row_for_each_trial_and_a_column_for_each_hyperparameter(show, folder):
    folder.write_trial(complete(0, 0.08))
    folder.write_trial(complete(1, 0.06, conv_dim=48))
    folder.write_trial(fail(2, 'a, "b"'))
    best, default, failed = csv.DictReader(io.StringIO(show(folder.path, "--csv", "--no-pictures").stdout))
    assert (best["rank"], best["id"], best["val_cer"], best["conv_dim"], best["lines"]) == (
        "1",
        "1",
        "0.06",
        "48",
        "30720",
    )
    assert (default["rank"], default["default"]) == ("2", "True")
    assert (failed["rank"], failed["val_cer"], failed["reason"], failed["standing"]) == ("", "", 'a, "b"', "failed")
    assert set(SPACES["line_cnn"]) < set(best)


def test_a_csv_of_no_trials_has_its_head(show, folder):
    assert show(folder.path, "--csv", "--no-pictures").stdout.startswith(
        "rank,standing,default,pareto,id,status,val_cer"
    )


def test_trials_are_written_for_tensorboard(show, folder):
    folder.write_trial(complete(0, 0.08))
    folder.write_trial(Trial("1", "running", SETTINGS.default))
    result = show(folder.path, "--no-pictures", "--tensorboard")
    assert (
        "Wrote 1 of 2 trials for TensorBoard. "
        f"Show them with: tensorboard --logdir {folder.path / 'tensorboard'}" in result.stdout
    )
    assert [file.name for file in (folder.path / "tensorboard").iterdir()] == ["0"]


def test_a_read_only_search_is_shown_without_pictures(show, folder, tmp_path):
    folder.write_trial(complete(0, 0.08))
    (folder.path / "pictures").write_text("a file in the way")
    result = show(folder.path)
    assert result.exit_code == 0
    assert "Pictures were not drawn: " in result.stdout
    assert "Or choose another folder with --out." in result.stdout
    (tmp_path / "file").write_text("x")
    result = show(folder.path, "--out", tmp_path / "file")
    assert result.exit_code == 1 and "could not be written" in result.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "nowhere",
            "nowhere is not a folder, so it is not a search. Give the --out folder of a `kerasrec tune search`.",
        ),
        ("", "has no search.json, so it is not a search"),
    ],
)
def test_a_folder_that_is_not_a_search_is_refused(show, tmp_path, name, text):
    result = show(tmp_path / name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert text in result.stderr


def test_a_damaged_trial_is_reported(show, folder, caplog):
    folder.write_trial(complete(0, 0.08))
    (folder.trials_folder / "0.json").write_text("{")
    result = show(folder.path)
    assert result.exit_code == 0
    assert "0.json cannot be read" in caplog.text and "is left out" in caplog.text


def test_two_formats_at_once_are_wrong_usage(show, folder):
    result = show(folder.path, "--json", "--csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Give --json or --csv, not both." in result.stderr


def test_neither_tensorflow_nor_a_tuner_is_loaded(folder):
    folder.write_trial(complete(0, 0.08))
    folder.write_trial(complete(1, 0.06, conv_dim=48))
    code = (
        "import sys; from pathlib import Path; from kerasrec_cli.tune_show import show; "
        f"show(Path({str(folder.path)!r}), None, True, True, False, False); "
        "print('loaded', *({'tensorflow', 'keras', 'keras_tuner'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded"
