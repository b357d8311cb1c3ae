"""Every row of training and of reading is compared with PyTorch in the precision that kerasrec ran in."""

from types import SimpleNamespace

import pytest

from benchmarks.plan import Plan
from benchmarks.reading_speed import ReadingSpeed
from benchmarks.torch_speed import TorchSpeed
from benchmarks.training_speed import TrainingSpeed

PLAN = Plan(rounds=1, warm_ups=0, seconds=0.0)
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
BEST = "best beside best"


@pytest.fixture(params=["bfloat16", "float32"])
def auto(request, monkeypatch):
    """The precision that "auto" chooses."""
    for room in ("precision", "training_speed", "reading_speed"):
        monkeypatch.setattr(f"benchmarks.{room}.line_flops", lambda *_: 1e9, raising=False)
    monkeypatch.setattr("benchmarks.precision.fastest_policy", lambda: POLICIES[request.param])
    return request.param


@pytest.fixture
def gemm():
    """A rate that makes each share tell what it was computed from."""
    return SimpleNamespace(peer_gain=lambda: None, share=lambda lines, flops, precision: (flops, precision))


@pytest.fixture
def torch(auto, gemm):
    """Runs no peer: only the names of the peer's figures matter here."""
    return TorchSpeed(SimpleNamespace(), SimpleNamespace(version=""), PLAN, gemm)


def comparisons(subject):
    """Returns what was timed, what computed it, and the peer, row by row; each share is of the row's precision."""
    subject.round()
    rows = subject.rows()
    assert all(row.share[1] == row.ours_name.split()[-1] for row in rows)
    return [(row.what, row.ours_name, row.peer_name) for row in rows]


def test_training(auto, gemm, torch, monkeypatch):
    monkeypatch.setattr(TrainingSpeed, "_fixed_width_step", lambda *_: lambda: None)
    monkeypatch.setattr(TrainingSpeed, "_own_width_step", lambda _: (lambda: None, 2e9))
    material = SimpleNamespace(
        settings=lambda: SimpleNamespace(batch_size=64), splits=SimpleNamespace(alphabet=range(83))
    )
    subject = TrainingSpeed(material, torch, PLAN, gemm)
    expected = []
    for model in ("line_cnn", "line_cnn_lstm"):
        for precision in dict.fromkeys((auto, "float32")):
            expected.append((f"training {model}", f"TensorFlow {precision}", f"PyTorch {precision}"))
    found = comparisons(subject)
    assert [row for row in found if row[2] and BEST not in row[0]] == expected
    assert [row[0] for row in found if BEST in row[0]] == [
        f"training line_cnn, {BEST}",
        f"training line_cnn_lstm, {BEST}",
    ]
    assert [row for row in found if not row[2]] == [
        ("training line_resnet", f"TensorFlow {auto}", ""),
        ("training line_resnet, own width", f"TensorFlow {auto}", ""),
    ]
    assert [row.share[0] for row in subject.rows()][-2:] == [3e9, 6e9]  # three products for each of reading


def test_reading(auto, gemm, torch, monkeypatch):
    reader = SimpleNamespace(log_probs=lambda images, widths: None)
    monkeypatch.setattr(ReadingSpeed, "_reader", lambda *_: reader)
    monkeypatch.setattr(ReadingSpeed, "_read_step", lambda _: (lambda: None, 1e9))
    material = SimpleNamespace(
        reference_batches=lambda count: [{"images": [0] * 128, "widths": [0] * 128}],
        splits=SimpleNamespace(alphabet=range(83)),
    )
    found = comparisons(ReadingSpeed(material, torch, PLAN, gemm))
    timed = ["float32", "bfloat16"] if auto == "bfloat16" else ["float32"]
    for model in ("line_cnn", "line_cnn_lstm"):
        for size in (128, 1):
            what = f"reading {model}, batch {size}"
            assert [row[1:] for row in found if row[0] == what] == [
                ("TensorFlow float32", "PyTorch float32"),
                ("TensorFlow bfloat16", "PyTorch bfloat16" if "bfloat16" in timed else ""),
                ("ONNX Runtime float32", "PyTorch float32"),
            ]
            assert [row[0] for row in found].count(f"{what}, {BEST}") == 1
        alone = [row for row in found if row[0].startswith(f"reading {model}, batch 32")]
        assert [row[1:] for row in alone] == [
            ("TensorFlow float32", ""),
            ("TensorFlow bfloat16", ""),
            ("ONNX Runtime float32", ""),
        ]
    assert [row[1] for row in found if row[0] == "reading line_cnn_simple, batch 1"] == [f"TensorFlow {auto}"]
    assert found[-1] == ("reading line_resnet, own width, from lines to texts", f"TensorFlow {auto}", "")
