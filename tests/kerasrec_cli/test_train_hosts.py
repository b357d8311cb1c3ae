"""`kerasrec train` on several hosts: two processes on loopback, one of which is killed."""

import json
import shutil
import signal
import socket

import numpy as np
import pytest

from kerasrec.training.loop import fit
from kerasrec.training.run import Run
from kerasrec.training.splits import load_splits

SMALL_MODEL = ["--set", "width=8", "--set", "context_dim=16", "--set", "context_blocks=1", "--set", "dropout=0"]
SMALL_LINES = ["--characters", "ab ", "--max-length", "6", "--augment", "0", "--test-lines", "8"]
SMALL_BUDGET = ["--batch-size", "7", "--epoch-lines", "56", "--validation-lines", "16", "--learning-rate", "5e-3"]
SMALL = [*SMALL_MODEL, *SMALL_LINES, *SMALL_BUDGET, "--precision", "float32", "--patience", 0]

KEEP_WEIGHTS = """
import numpy
from kerasrec.training import loop

train_epochs = loop.train_epochs

def train(model, *others):
    train_epochs(model, *others)
    numpy.savez({file!r}, *model.get_weights())

loop.train_epochs = train
"""


def free_workers():
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]
    for server in servers:
        server.close()
    return addresses


def in_order(arrays):
    return [arrays[f"arr_{number}"] for number in range(len(arrays.files))]


@pytest.mark.slow
def test_a_killed_worker_is_named_and_the_run_continues_with_and_without_it(start, own_data, tmp_path):
    folder, alone = tmp_path / "run", tmp_path / "alone"
    addresses = free_workers()
    workers = ["--workers", ",".join(addresses), "--worker"]
    options = [*own_data, *SMALL, "--epochs", 2000, "--out", folder]
    chief, other = (start("train", *options, *workers, number) for number in (0, 1))
    chief.wait_for(lambda: (folder / "checkpoint.npz").exists())
    other.send_signal(signal.SIGKILL)
    assert chief.end() == 1
    said = chief.output()
    assert "Training on 2 CPUs of 2 workers, in float32.\n" in said
    assert f"\nError: Worker 1 ({addresses[1]}) has ended. Start the workers again, all or some; with --resume" in said
    assert "Traceback" not in said and len(said.splitlines()) < 12, said

    epochs = shorten(folder)
    (folder / "recognizer.onnx").touch()  # it is not written again, which saves the time to convert the model
    shutil.copytree(folder, alone)
    files = [tmp_path / f"weights{number}.npz" for number in (0, 1)]
    processes = []
    for number, file in enumerate(files):
        hook = tmp_path / f"hook{number}.py"
        hook.write_text(KEEP_WEIGHTS.format(file=str(file)))
        processes.append(start("--import", hook, "train", "--resume", "--out", folder, *workers, number))
    for process in processes:
        assert process.end() == 0, process.output()
    assert f"Continuing after epoch {epochs - 1}, step {8 * epochs - 8}." in processes[0].output()
    assert processes[1].output().splitlines()[-1] == "Worker 0 has ended."
    for left, right in zip(*(in_order(np.load(file)) for file in files), strict=True):
        np.testing.assert_array_equal(left, right)

    fit(Run(alone).settings(), Run(alone), load_splits(Run(alone).settings(), tmp_path), resume=True)
    for left, right in zip(last_weights(folder), last_weights(alone), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-3, atol=1e-5)
    assert last_loss(folder) == pytest.approx(last_loss(alone), rel=1e-4)


def shorten(folder):
    """Makes the next epoch of a run its last one, and returns its number."""
    with np.load(folder / "checkpoint.npz") as checkpoint:
        epochs = len(json.loads(str(checkpoint["state"]))["history"]) + 1
    run = Run.open(folder)
    run.write_settings({**run.settings().to_json(), "epochs": epochs})
    return epochs


def last_weights(folder):
    with np.load(folder / "checkpoint.npz") as checkpoint:
        return [checkpoint[name] for name in checkpoint.files if name != "state"]


def last_loss(folder):
    names, *rows = (line.split(",") for line in (folder / "history.csv").read_text().splitlines())
    return float(dict(zip(names, rows[-1], strict=True))["loss"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workers", "a:1,b:2"], "--workers needs --worker as well"),
        (["--workers", "a:1,b:2", "--worker", 2], "--workers has 2 workers, so the number of this one must be from 0 "),
        (["--workers", "a:1,b", "--worker", 0], "but has 'b'"),
        (["--workers", "a:1,b:2", "--worker", 0, "--find-learning-rate"], "--find-learning-rate runs on one device"),
        (["--workers", "127.0.0.1:1,127.0.0.1:2", "--worker", 0, "--devices", 2], "--devices 2 cannot be: this host "),
        (["--devices", 2, "--find-learning-rate"], "--find-learning-rate runs on one device"),
        (["--devices", "many"], "--devices must be all or a number from 1, not 'many'"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_created(kerasrec, own_data, tmp_path, arguments, message):
    result = kerasrec("train", *own_data, *SMALL, "--out", tmp_path / "run", *arguments)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_tf_config_and_workers_are_not_both_taken(kerasrec, monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}')
    result = kerasrec("train", "--workers", "a:1,b:2", "--worker", 0, "--out", tmp_path / "run")
    assert (result.exit_code, "Leave out --workers, or unset TF_CONFIG" in result.stderr) == (2, True)
    monkeypatch.setenv("TF_CONFIG", "{")
    result = kerasrec("train", "--out", tmp_path / "run")
    assert (result.exit_code, "TF_CONFIG cannot be used" in result.stderr) == (2, True)
