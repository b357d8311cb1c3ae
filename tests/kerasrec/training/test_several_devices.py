"""Two devices of this machine's CPU, which train on every batch together."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from kerasrec.errors import BadRun, UsageError
from kerasrec.training import train
from kerasrec.training.devices import Devices, open_devices
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run

SCRIPT = """
    import json
    from pathlib import Path
    from kerasrec.training.devices import Devices, open_devices
    from kerasrec.training.loop import fit
    from kerasrec.training.run import Run

    with open_devices("2", None, None) as two:
        described = [two.describe("mixed_bfloat16"), Devices().describe("float32")]
        Path(folder, "described").write_text(json.dumps(described))
        for name, devices in (("one", Devices()), ("two", two)):
            fit(splits.settings, Run.create(Path(folder) / name, splits.settings), splits, devices=devices)
"""


@pytest.fixture(scope="module")
def runs(fork, tmp_path_factory, small_settings, small_splits):
    """A folder with runs of one device and of two: batches of 7 lines, no dropout, and gradients that are clipped."""
    folder = tmp_path_factory.mktemp("devices")
    hyperparameters = {"width": 8, "context_dim": 16, "context_blocks": 1, "dropout": 0.0}
    splits = small_splits(small_settings(hyperparameters=hyperparameters, batch_size=7, epoch_lines=28, clip_norm=0.5))
    process = fork(SCRIPT, splits=splits, folder=str(folder))
    process.join(600)
    assert process.exitcode == 0
    return folder


def arrays(run):
    with np.load(run.checkpoint_file) as checkpoint:
        return {name: checkpoint[name] for name in checkpoint.files if name != "state"}


def rows(run):
    names, *values = (line.split(",") for line in run.history_file.read_text().splitlines())
    return [dict(zip(names, map(float, row), strict=True)) for row in values]


def test_two_devices_reach_the_weights_of_one(runs):
    one, two = Run(runs / "one"), Run(runs / "two")
    assert arrays(one).keys() == arrays(two).keys()
    for name, values in arrays(one).items():
        np.testing.assert_allclose(arrays(two)[name], values, rtol=1e-3, atol=1e-5)
    moved = one.recognizer().model.get_weights()[0]
    assert np.abs(moved).max() > 0.01


def test_the_loss_of_two_devices_is_the_mean_over_the_whole_batch(runs):
    for left, right in zip(rows(Run(runs / "one")), rows(Run(runs / "two")), strict=True):
        for name in ("step", "lines", "learning_rate", "infeasible", "loss", "val_loss", "val_cer"):
            assert right[name] == pytest.approx(left[name], rel=1e-4), name


def test_devices_and_precision_are_told(runs):
    described = json.loads((runs / "described").read_text())
    assert described == ["Training on 2 CPUs, in bfloat16.", ""]


@pytest.mark.parametrize("count", ["0", "-1", "2.5", "two", ""])
def test_a_wrong_number_of_devices_is_refused(count):
    message = f"--devices must be all or a number from 1, not '{count}'"
    with pytest.raises(UsageError, match=message), open_devices(count, None, None):
        pass


def test_one_device_needs_no_strategy():
    for count in (None, "1", "all"):
        with open_devices(count, None, None) as devices:
            assert devices.strategy.num_replicas_in_sync == 1 and devices.team.is_alone


def test_each_device_needs_a_line():
    devices = Devices(SimpleNamespace(num_replicas_in_sync=4))
    devices.check_batch_size(4)
    with pytest.raises(UsageError, match="A batch of 3 lines is too small for 4 devices. Raise --batch-size"):
        devices.check_batch_size(3)


def test_the_precision_is_that_of_the_slowest_device():
    policies = {"GPU:0": "mixed_bfloat16", "GPU:1": "float32"}
    assert Devices(names=("GPU:0", "GPU:1")).choose_policy("", policies.get) == "float32"
    assert Devices(names=("GPU:0",)).choose_policy("", policies.get) == "mixed_bfloat16"
    assert Devices(names=("GPU:0", "GPU:1")).choose_policy("mixed_bfloat16", policies.get) == "mixed_bfloat16"
    assert Devices().choose_policy("", lambda: "float32") == "float32"


@pytest.fixture
def take_part(monkeypatch, small_settings, small_splits):
    """Takes part in a training that ends in a way: `take_part(sources, stopped)`; returns what happened."""
    settings = small_settings()
    monkeypatch.setattr(train, "load_splits", lambda settings, data_dir, run: small_splits(settings))

    def act(sources, stopped):
        events = []
        plan = {"settings": settings.to_json(), "splits": None, "sources": sources}
        team = SimpleNamespace(share=lambda value: plan, wait=lambda: events.append("waited"))
        result = Progress(settings, stopped=stopped)
        monkeypatch.setattr(train, "fit", lambda *_, **__: events.append("trained") or result)
        train.take_part(SimpleNamespace(team=team), None)
        return events

    return act


def test_a_worker_waits_for_the_end_of_its_chief_unless_it_was_stopped(take_part):
    assert take_part({}, False) == ["trained", "waited"]
    assert take_part({}, True) == ["trained"]


def test_a_worker_whose_files_differ_does_not_train(take_part):
    with pytest.raises(BadRun, match="The texts, glyphs, fonts or lines of this host differ from those of worker 0"):
        take_part({"/data/text.txt": "1 file (5e8f)"}, False)
