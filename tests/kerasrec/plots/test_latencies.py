from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.plots.latencies import latencies

NONE = np.array([])


def drawn(path: Path, sent: np.ndarray, taken: np.ndarray, failed: np.ndarray) -> np.ndarray:
    latencies(path, sent, taken, failed)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def reds(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 150) & (picture[..., 1] < 60) & (picture[..., 2] < 60)


def test_each_request_is_drawn_at_its_time_and_latency(tmp_path: Path):
    sent, taken = np.linspace(0, 10, 50), np.full(50, 0.02)
    picture = drawn(tmp_path / "a.png", sent, taken, NONE)
    assert picture.shape == (450, 900, 3)
    late = taken.copy()
    late[25] = 0.1
    changed = drawn(tmp_path / "b.png", sent, late, NONE)[:130, :640]  # above all others, in the middle
    dots = np.argwhere(changed[..., 2] - changed[..., 0] > 40)
    assert len(dots)
    assert (abs(dots[:, 1] - 340) < 40).all()


def test_failures_are_drawn_at_their_time(tmp_path: Path):
    sent, taken = np.linspace(0, 10, 50), np.full(50, 0.02)
    without = reds(drawn(tmp_path / "a.png", sent, taken, NONE))
    early = reds(drawn(tmp_path / "b.png", sent, taken, np.array([1.0])))
    late = reds(drawn(tmp_path / "c.png", sent, taken, np.array([9.0])))
    assert not without[:90, :640].any()
    places = [np.flatnonzero(picture[68:76, :640].any(axis=0)).mean() for picture in (early, late)]
    assert places[0] < 200 < 500 < places[1]


def test_the_percentiles_are_marked(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", np.arange(100.0), np.arange(100.0) / 1000, NONE)
    reddish = (picture[..., 0] > 150) & (picture[..., 0] - picture[..., 2] > 60) & (picture[..., 1] < 150)
    rows = np.flatnonzero(reddish[:, 690:].sum(axis=1) > 150)
    assert len(rows)  # p95 and p99, near the greatest latency
    assert (rows < 130).all()


def test_no_answered_requests_can_be_drawn(tmp_path: Path):
    assert drawn(tmp_path / "a.png", NONE, NONE, np.array([1.0, 2.0])).shape == (450, 900, 3)
    assert drawn(tmp_path / "b.png", NONE, NONE, NONE).shape == (450, 900, 3)
