"""The figures of the PyTorch peer, read from a stand-in that prints what the peer prints."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.peers import Peers
from benchmarks.plan import Plan
from benchmarks.torch_speed import TorchSpeed

PEER = """
import json, sys
fast, steps = "--channels-last" in sys.argv, int(sys.argv[sys.argv.index("--steps") + 1])
print(json.dumps({"model": "cnn", "train_lines_per_s": 27.0 if steps else 0.0}))
print(json.dumps({"model": "cnn", "batch": 1, "read_lines_per_s": 90.0 if fast else 95.0}))
print(json.dumps({"model": "cnn", "batch": 128, "read_lines_per_s": 70.0 if fast else 50.0}))
"""


@pytest.fixture
def torch(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.peers._VERSIONS", "print('2.0')")
    (tmp_path / "torch_lab.py").write_text(PEER)
    material = SimpleNamespace(peer_lines=tmp_path / "lines.npz")
    return lambda **plan: TorchSpeed(material, Peers(tmp_path, Path(sys.executable)), Plan(**plan))


def test_reading_takes_the_better_layout_and_training_that_of_its_target(torch):
    speed = torch(rounds=2, peer_steps=1)
    speed.round()
    assert speed.training("line_cnn") == 27.0
    assert speed.reading("line_cnn", 128) == 70.0
    assert speed.reading("line_cnn_lstm", 1) == 95.0


def test_a_single_round_times_one_layout_only(torch):
    speed = torch(rounds=1, peer_steps=1)
    speed.round()
    assert speed.reading("line_cnn", 1) == 90.0


def test_a_model_without_a_peer_has_no_figure(torch):
    speed = torch(rounds=1)
    speed.round()
    assert speed.training("line_resnet") is None
    assert speed.reading("line_resnet", 1) is None
