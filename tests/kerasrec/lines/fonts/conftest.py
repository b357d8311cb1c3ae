"""Fonts that every installation has."""

import shutil
from pathlib import Path

import matplotlib
import pytest

FILES = ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSansMono", "cmr10")


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few fonts, one of them in a subfolder, and other files; cmr10 has no accented letters."""
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "more").mkdir()
    for name in FILES:
        source = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
        shutil.copy(source, folder / ("more" if name == "cmr10" else "") / source.name)
    (folder / "LICENSE.txt").write_text("a licence")
    (folder / "broken.ttf").write_bytes(b"no font")
    return folder
