"""The figures of the PyTorch peer, read from a fake program with the same output."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.peers import Peers
from benchmarks.plan import Plan
from benchmarks.torch_speed import TorchSpeed

PEER = """
import json, sys
from pathlib import Path

model = sys.argv[sys.argv.index("--model") + 1]
gain = 2 if "--bfloat16" in sys.argv else 1
train, single, many = (27, 90, 70) if "--channels-last" in sys.argv else (16, 95, 50)
with Path(__file__).with_name("calls").open("a") as calls:
    print(*sys.argv[2:], file=calls)
print(json.dumps({"model": model, "train_lines_per_s": train * gain}))
print(json.dumps({"model": model, "batch": 1, "read_lines_per_s": single * gain}))
print(json.dumps({"model": model, "batch": 128, "read_lines_per_s": many * gain}))
"""


@pytest.fixture
def time_peer(tmp_path, monkeypatch):
    """Runs the first round of a plan on a machine where "auto" chooses that precision."""
    monkeypatch.setattr("benchmarks.peers._VERSIONS", "print('2.0')")
    (tmp_path / "torch_lab.py").write_text(PEER)

    def run(auto: str, rounds: int = 2, python: str | None = sys.executable) -> TorchSpeed:
        policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[auto]
        monkeypatch.setattr("benchmarks.precision.fastest_policy", lambda: policy)
        peers = Peers(tmp_path, python and Path(python))
        speed = TorchSpeed(SimpleNamespace(peer_lines=tmp_path / "lines.npz"), peers, Plan(rounds, peer_steps=1))
        speed.round()
        return speed

    return run


@pytest.mark.parametrize(("precision", "peer"), [("float32", 27), ("bfloat16", 54)])
def test_a_row_is_compared_with_pytorch_in_its_own_precision(time_peer, precision, peer):
    row = time_peer("bfloat16").row("training", 50.0, "line_cnn", precision, "train")
    assert (row.what, row.unit, row.ours) == ("training", "lines/s", 50.0)
    assert (row.peer, row.peer_name) == (peer, f"PyTorch {precision}")


@pytest.mark.parametrize(("ours", "met"), [(54.1, True), (53.9, False)])
def test_the_target_is_to_be_as_fast_as_pytorch(time_peer, ours, met):
    assert time_peer("bfloat16").row("training", ours, "line_cnn", "bfloat16", "train").is_met is met


def test_the_faster_memory_layout_counts_in_each_precision(time_peer):
    speed = time_peer("bfloat16")
    peers = {
        (precision, work): speed.row("", 1.0, "line_cnn_lstm", precision, work).peer
        for precision in ("float32", "bfloat16")
        for work in ("train", 1, 128)
    }
    assert peers == {
        ("float32", "train"): 27,
        ("float32", 1): 95,
        ("float32", 128): 70,
        ("bfloat16", "train"): 54,
        ("bfloat16", 1): 190,
        ("bfloat16", 128): 140,
    }


def test_the_plain_layout_is_timed_in_the_first_round_only(time_peer, tmp_path):
    time_peer("bfloat16").round()
    calls = (tmp_path / "calls").read_text().splitlines()
    for model in ("cnn", "lstm"):
        for precision in ("", " --bfloat16"):
            assert calls.count(f"--model {model} --steps 1{precision} --channels-last") == 2
            assert calls.count(f"--model {model} --steps 1{precision}") == 1


def test_a_single_round_times_one_layout_only(time_peer):
    assert time_peer("bfloat16", rounds=1).row("", 1.0, "line_cnn", "float32", 1).peer == 90


def test_pytorch_is_not_timed_in_a_precision_that_auto_finds_slower(time_peer, tmp_path):
    speed = time_peer("float32")
    assert "--bfloat16" not in (tmp_path / "calls").read_text()
    row = speed.row("", 1.0, "line_cnn", "bfloat16", 1)
    assert (row.peer, row.least_ratio) == (None, None)
    assert speed.row("", 1.0, "line_cnn", "float32", 1).peer == 95


def test_a_model_without_a_peer_has_no_target(time_peer):
    row = time_peer("bfloat16").row("", 1.0, "line_resnet", "float32", 1)
    assert (row.peer, row.least_ratio) == (None, None)


def test_without_pytorch_the_target_has_no_comparison(time_peer):
    row = time_peer("bfloat16", python=None).row("", 1.0, "line_cnn", "float32", 1)
    assert (row.peer, row.least_ratio, row.is_met) == (None, 1.0, None)
