"""`kerasrec reproduce` as a user calls it; the trainings themselves are tested with the library."""

import subprocess
import sys

import pytest

from kerasrec.errors import DataUnavailable
from kerasrec.labs.reproduction import reproduce as library
from kerasrec.labs.reproduction.result import MEASURES, RESULTS, Result, Training
from kerasrec.labs.reproduction.runs import RUNS

SIMPLE = "line-cnn-simple"


def training(settings, command, share):
    figures = dict.fromkeys(MEASURES, share)
    versions, machine = {"kerasrec": "0"}, "A Fast One"
    return Training(
        *(settings.to_json(), command, "float32", settings.epochs, "epochs", 1, 9984, 60.0, 5, {}, figures, figures),
        *(machine, 1.0, versions, "2026-11-20"),
    )


@pytest.fixture
def requested(monkeypatch):
    """The requested trainings and their folders; the lab accuracy is 91% on the labs' split, 88.5% on the other."""
    found = []

    def reproduce_lines(settings, folder, data_dir, command, minutes, stream, done):
        found.append((settings, folder, minutes))
        return training(settings, command, 0.91 if settings.split == "lab" else 0.885)

    monkeypatch.setattr(library, "reproduce_lines", reproduce_lines)
    return found


def test_without_a_name_the_runs_are_listed(kerasrec):
    result = kerasrec("reproduce")
    assert result.exit_code == 0, result.output
    head, *rows = result.stdout.splitlines()
    assert head.split()[:4] == ["run", "measure", "published", "rerun"]
    assert [row.split()[0] for row in rows] == list(RUNS)
    assert "6.01%" in next(row for row in rows if row.startswith("line-cnn-lstm-ctc-variable"))


def test_listing_loads_nothing_heavy():
    code = "import sys\nfrom kerasrec_cli.main import app\napp(['reproduce'], standalone_mode=False)\n"
    code += "print(*{'keras', 'tensorflow', 'numpy'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


def test_a_run_is_trained_on_both_splits_and_compared_with_the_published_results(kerasrec, requested, tmp_path):
    result = kerasrec("reproduce", SIMPLE, "--out", tmp_path / "it", "--epochs", 3, "--minutes", 9, "--seed", 7)
    assert result.exit_code == 0, result.output
    assert [(each.split, each.epochs, each.seed) for each, *_ in requested] == [("lab", 3, 7), ("disjoint", 3, 7)]
    assert [(folder, minutes) for _, folder, minutes in requested] == [
        (tmp_path / "it" / "lab", 9.0),
        (tmp_path / "it" / "disjoint", 9.0),
    ]
    rows = {row.partition("  ")[0]: row.split()[-4:] for row in result.stdout.splitlines()}
    assert rows["test, lab accuracy"] == ["90%", "82%", "91.00%", "88.50%"]
    assert "Shortened: line-cnn-simple, as in the labs: 3 of 10 epochs, set by --epochs." in result.stdout
    written = Result.load(tmp_path / "it" / "result.json")
    assert written.trainings["lab"].command == "kerasrec reproduce line-cnn-simple --epochs 3 --minutes 9 --seed 7"


def test_one_split_is_enough(kerasrec, requested, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = kerasrec("reproduce", SIMPLE, "--split", "disjoint")
    assert result.exit_code == 0, result.output
    assert [each.split for each, *_ in requested] == ["disjoint"]
    assert (tmp_path / "runs" / "reproduce" / SIMPLE / "result.json").exists()


@pytest.mark.parametrize(
    ("run", "what", "then"), [(SIMPLE, "lines", "continues"), ("mnist-mlp", "characters", "starts again")]
)
def test_ctrl_c_says_how_to_continue(kerasrec, tmp_path, monkeypatch, run, what, then):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(library, f"reproduce_{what}", stop)
    result = kerasrec("reproduce", run, "--out", tmp_path)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (130, f"Stopped. The same command {then}.")


def test_an_error_is_a_message(kerasrec, tmp_path, monkeypatch):
    def fail(*arguments):
        raise DataUnavailable("there is no EMNIST here")

    monkeypatch.setattr(library, "reproduce_lines", fail)
    result = kerasrec("reproduce", SIMPLE, "--out", tmp_path)
    assert (result.exit_code, result.stderr) == (1, "Error: there is no EMNIST here\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["line-cnn"], "There is no run 'line-cnn'. Choose one of mnist-mlp, mnist-cnn"),
        ([SIMPLE, "--epochs", 11], "line-cnn-simple was published with 10 epochs, so epochs must be 1 to 10, not 11"),
        ([SIMPLE, "--minutes", 0], "minutes must be above 0, not 0"),
        (["mnist-cnn", "--split", "disjoint"], "mnist-cnn has no split 'disjoint'. Choose one of lab"),
        (["--epochs", 1, "--data-dir", "a"], "Expected the name of a run with --epochs, --data-dir."),
        ([SIMPLE, "--table", "a.md"], "--table covers all runs: leave out line-cnn-simple"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, arguments, message):
    result = kerasrec("reproduce", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_page_is_written_with_its_picture(kerasrec, tmp_path):
    result = kerasrec("reproduce", "--table", tmp_path / "a.md")
    assert result.exit_code == 0, result.output
    count, picture = len(list(RESULTS.glob("*.json"))), tmp_path / "images" / "reproduction.png"
    assert result.stdout == f"Wrote {count} runs to {tmp_path / 'a.md'}, with the picture {picture}.\n"
    assert "`line-cnn-ctc-variable`" in (tmp_path / "a.md").read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
