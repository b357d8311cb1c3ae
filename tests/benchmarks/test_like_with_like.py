"""Every row of training and of reading is compared with PyTorch in the precision that kerasrec ran in."""

from types import SimpleNamespace

import pytest

from benchmarks.plan import Plan
from benchmarks.reading_speed import ReadingSpeed
from benchmarks.torch_speed import TorchSpeed
from benchmarks.training_speed import TrainingSpeed

PLAN = Plan(rounds=1, warm_ups=0, seconds=0.0)
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@pytest.fixture(params=["bfloat16", "float32"])
def auto(request, monkeypatch):
    """The precision that "auto" chooses."""
    monkeypatch.setattr("benchmarks.precision.fastest_policy", lambda: POLICIES[request.param])
    return request.param


@pytest.fixture
def torch(auto):
    """Runs no peer: only the names of the peer's figures matter here."""
    return TorchSpeed(SimpleNamespace(), SimpleNamespace(version=""), PLAN)


def peer_names(subject):
    subject.round()
    return {row.what: row.peer_name for row in subject.rows()}


def test_training(auto, torch, monkeypatch):
    monkeypatch.setattr(TrainingSpeed, "_fixed_width_step", lambda *_: lambda: None)
    monkeypatch.setattr(TrainingSpeed, "_own_width_step", lambda _: lambda: None)
    material = SimpleNamespace(settings=lambda: SimpleNamespace(batch_size=64))
    assert peer_names(TrainingSpeed(material, torch, PLAN)) == {
        f"training line_cnn, auto ({auto})": f"PyTorch {auto}",
        "training line_cnn, float32": "PyTorch float32",
        f"training line_cnn_lstm, auto ({auto})": f"PyTorch {auto}",
        "training line_cnn_lstm, float32": "PyTorch float32",
        f"training line_resnet, auto ({auto})": "",
        f"training line_resnet, own width, auto ({auto})": "",
    }


def test_reading(auto, torch, monkeypatch):
    recognizer = SimpleNamespace(log_probs=lambda images, widths: None)
    monkeypatch.setattr(ReadingSpeed, "_recognizer", lambda *_: recognizer)
    monkeypatch.setattr(ReadingSpeed, "_read_step", lambda _: lambda: None)
    material = SimpleNamespace(reference_batches=lambda count: [{"images": [0] * 128, "widths": [0] * 128}])
    names = peer_names(ReadingSpeed(material, torch, PLAN))
    for model in ("line_cnn", "line_cnn_lstm"):
        for size in (128, 1):
            assert names[f"reading {model}, batch {size}, auto ({auto})"] == f"PyTorch {auto}"
    assert names[f"reading line_resnet, batch 1, auto ({auto})"] == ""
    other = {"bfloat16": "float32", "float32": "bfloat16"}[auto]
    expected = "PyTorch float32" if other == "float32" else ""
    assert (
        names[f"reading line_cnn, batch 128, {other}"] == names[f"reading line_cnn_lstm, batch 1, {other}"] == expected
    )
