from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.plots import curves


def history(epochs: int, **changes: float) -> list[dict[str, float]]:
    rows = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch, "step": 10 * epoch, "lines": 640 * epoch, "seconds": 9.0 * epoch, "infeasible": 0}
        row |= {"learning_rate": 1e-3 / epoch, "loss": 80 / epoch, "val_loss": 90 / epoch, "lines_per_s": 70.0}
        rows.append({**row, "val_cer": 0.9 / epoch, "val_lab_cer": 0.8 / epoch, **changes})
    return rows


def drawn(path: Path, rows: list[dict[str, float]]) -> np.ndarray:
    curves(path, rows)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_each_curve_is_drawn(tmp_path: Path):
    rows = history(8)
    picture = drawn(tmp_path / "a.png", rows)
    assert picture.shape == (800, 800, 3)
    for name in ("loss", "val_loss", "val_cer", "learning_rate"):
        changed = [row | {name: row[name] / 2 if row["epoch"] == 4 else row[name]} for row in rows]
        rows_that_differ = np.nonzero((drawn(tmp_path / "b.png", changed) != picture).any(axis=(1, 2)))[0]
        assert len(rows_that_differ) and (rows_that_differ.max() < 320) == (name in ("loss", "val_loss")), name


def test_the_same_history_results_in_the_same_file(tmp_path: Path):
    for name in "ab":
        curves(tmp_path / name, history(3))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "changes",
    [{}, {"val_cer": 0.0}, {"learning_rate": 0.0}, {"loss": 0.0, "val_loss": 0.0}, {"val_loss": float("nan")}],
    ids=str,
)
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_history_of_zeros_or_nan_can_be_drawn(tmp_path: Path, changes: dict[str, float], epochs: int):
    assert drawn(tmp_path / "a.png", history(epochs, **changes)).min() < 100


def test_a_cer_of_zero_is_drawn_below_all_others(tmp_path: Path):
    rows = history(4)
    rows[2]["val_cer"] = 0.0
    picture = drawn(tmp_path / "a.png", rows).astype(int)
    orange = (picture[320:640, 82:] == (255, 127, 14)).all(axis=-1)
    heights, columns = np.nonzero(orange)
    lowest = columns[heights == heights.max()].mean()
    assert columns.min() + 0.5 * np.ptp(columns) < lowest < columns.min() + 0.8 * np.ptp(columns)
