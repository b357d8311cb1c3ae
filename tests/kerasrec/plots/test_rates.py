from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.plots import rate_curve


def test_the_suggestion_is_marked_at_its_rate(tmp_path: Path) -> None:
    rates = np.geomspace(1e-6, 1, 50)
    losses = (np.log10(rates) + 3) ** 2

    def red_columns(suggestion: float) -> np.ndarray:
        rate_curve(tmp_path / "rates.png", rates, losses, suggestion)
        pixels = np.asarray(Image.open(tmp_path / "rates.png").convert("RGB")).astype(int)
        assert pixels.shape == (400, 720, 3)
        red = (pixels[..., 0] > 150) & (pixels[..., 1] < 60) & (pixels[..., 2] < 60)
        return np.flatnonzero(red.sum(axis=0) > 200)

    low, high = red_columns(1e-5), red_columns(1e-1)
    assert len(low) and len(high)
    assert low.max() < 360 < high.min()
