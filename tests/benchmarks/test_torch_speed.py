"""The figures of the PyTorch peer, with the output of a program that is not run."""

from types import SimpleNamespace

import pytest

from benchmarks.plan import Plan
from benchmarks.row import Row
from benchmarks.torch_speed import TorchSpeed


class FakePeers:
    """Notes the calls of the peer and returns figures that depend on its options."""

    def __init__(self, version):
        self.version, self.calls = version, []

    def figures(self, program, lines, *options):
        assert (program, lines) == ("torch_lab.py", "lines.npz")
        self.calls.append(" ".join(options))
        gain = 2 if "--bfloat16" in options else 1
        train, single, many = (27, 90, 70) if "--channels-last" in options else (16, 95, 50)
        if "--compile" in options:
            train, single, many = 31, 60, 100
        return [
            {"train_lines_per_s": train * gain},
            {"batch": 1, "read_lines_per_s": single * gain},
            {"batch": 128, "read_lines_per_s": many * gain},
        ]


OURS = Row("training", "lines/s", 50.0, "TensorFlow")


@pytest.fixture
def time_peer(monkeypatch):
    """Runs the first round of a plan where "auto" chooses that precision, and bfloat16 has that gain in PyTorch."""

    def run(auto: str, rounds: int = 2, version: str = "2.0", gain: float | None = 0.2) -> TorchSpeed:
        policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[auto]
        monkeypatch.setattr("benchmarks.precision.fastest_policy", lambda: policy)
        material, gemm = SimpleNamespace(peer_lines="lines.npz"), SimpleNamespace(peer_gain=lambda: gain)
        speed = TorchSpeed(material, FakePeers(version), Plan(rounds, peer_steps=1), gemm)
        speed.round()
        return speed

    return run


@pytest.mark.parametrize(("precision", "peer"), [("float32", 27), ("bfloat16", 54)])
def test_a_row_is_compared_with_pytorch_in_its_own_precision(time_peer, precision, peer):
    row = time_peer("bfloat16").beside(OURS, "line_cnn", precision, "train")
    assert (row.what, row.unit, row.ours, row.ours_name) == ("training", "lines/s", 50.0, "TensorFlow")
    assert (row.peer, row.peer_name) == (peer, f"PyTorch {precision}")


@pytest.mark.parametrize(("ours", "met"), [(54.1, True), (53.9, False)])
def test_the_target_is_to_be_as_fast_as_pytorch(time_peer, ours, met):
    row = Row("training", "lines/s", ours)
    assert time_peer("bfloat16").beside(row, "line_cnn", "bfloat16", "train").is_met is met


def test_the_faster_memory_layout_counts_in_each_precision(time_peer):
    speed = time_peer("bfloat16")
    peers = {
        (precision, work): speed.beside(OURS, "line_cnn_lstm", precision, work).peer
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


def test_the_best_of_kerasrec_stands_beside_the_best_of_pytorch(time_peer):
    rows = [Row("reading", "lines/s", 80.0, "TensorFlow bfloat16"), Row("reading", "lines/s", 120.0, "ONNX float32")]
    best = {work: time_peer("bfloat16").best_beside_best(rows, "line_cnn", work) for work in ("train", 1, 128)}
    assert {(row.what, row.ours, row.ours_name) for row in best.values()} == {
        ("reading, best beside best", 120.0, "ONNX float32")
    }
    assert {work: (row.peer, row.peer_name) for work, row in best.items()} == {
        "train": (62, "PyTorch bfloat16, channels-last, compiled"),
        1: (190, "PyTorch bfloat16, plain layout"),
        128: (200, "PyTorch bfloat16, channels-last, compiled"),
    }
    assert best[128].is_met is False


def test_the_plain_layout_and_the_compiled_model_are_timed_in_the_first_round_only(time_peer):
    speed = time_peer("bfloat16")
    speed.round()
    calls = speed.peers.calls
    for model in ("cnn", "lstm"):
        for precision in ("", " --bfloat16"):
            assert calls.count(f"--model {model} --steps 1{precision} --channels-last") == 2
            assert calls.count(f"--model {model} --steps 1{precision}") == 1
            assert calls.count(f"--model {model} --steps 1{precision} --channels-last --compile") == 1


def test_a_single_round_does_not_time_the_plain_layout(time_peer):
    speed = time_peer("bfloat16", rounds=1)
    assert speed.beside(OURS, "line_cnn", "float32", 1).peer == 90
    assert speed.best_beside_best([OURS], "line_cnn", 128).peer == 200


def test_pytorch_is_not_timed_in_a_precision_that_helps_neither(time_peer):
    speed = time_peer("float32")
    assert not any("--bfloat16" in call for call in speed.peers.calls)
    assert speed.beside(OURS, "line_cnn", "bfloat16", 1) == OURS
    assert speed.beside(OURS, "line_cnn", "float32", 1).peer == 95
    assert speed.best_beside_best([OURS], "line_cnn", 1).peer_name == "PyTorch float32, plain layout"


def test_pytorch_is_timed_in_bfloat16_where_it_helps_only_pytorch(time_peer):
    speed = time_peer("float32", gain=1.5)
    assert speed.beside(OURS, "line_cnn", "float32", "train").peer == 27
    assert speed.best_beside_best([OURS], "line_cnn", "train").peer == 62


@pytest.mark.parametrize(("model", "work"), [("line_resnet", 1), ("line_cnn", 32)])
def test_what_pytorch_does_not_do_has_no_target(time_peer, model, work):
    speed = time_peer("bfloat16")
    assert speed.beside(OURS, model, "float32", work) == OURS
    assert not speed.has_peer(model, work)


def test_without_pytorch_the_target_has_no_comparison(time_peer):
    speed = time_peer("bfloat16", version="", gain=None)
    rows = speed.beside(OURS, "line_cnn", "float32", 1), speed.best_beside_best([OURS], "line_cnn", 1)
    for row in rows:
        assert (row.peer, row.least_ratio, row.is_met) == (None, 1.0, None)
