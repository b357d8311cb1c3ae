import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from kerasrec.plots.figure import write_figure


def picture(path: Path) -> np.ndarray:
    write_figure(path, 320, 200, lambda figure: figure.subplots().plot([1, 2, 3]))
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_a_figure_has_the_given_size(tmp_path: Path):
    drawn = picture(tmp_path / "a.png")
    assert drawn.shape == (200, 320, 3) and (drawn != 255).any()


def test_the_users_matplotlib_settings_have_no_effect_and_are_not_changed(tmp_path: Path):
    drawn = picture(tmp_path / "a.png")
    with matplotlib.rc_context({"figure.facecolor": "black", "font.size": 20, "savefig.dpi": 30}):
        assert (picture(tmp_path / "b.png") == drawn).all()
        assert matplotlib.rcParams["figure.facecolor"] == "black"
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_importing_plots_loads_neither_pyplot_nor_keras():
    code = "import kerasrec.plots, sys; print(*({'matplotlib.pyplot', 'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []
