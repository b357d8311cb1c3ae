import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import UsageError
from kerasrec.lines.glyphs import GLYPHS, load_glyphs


def test_a_source_is_a_name_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "own" / "x").mkdir(parents=True)
    for i in range(3):
        Image.fromarray(np.eye(28, k=i, dtype=np.uint8) * 255).save(tmp_path / "own" / "x" / f"{i}.png")
    assert load_glyphs(str(tmp_path / "own"), tmp_path).characters == "x"
    assert list(GLYPHS) == ["emnist", "mnist", "strokes"]


def test_an_unknown_source_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one of emnist, mnist, strokes or an existing folder, but are 'emnits'"):
        load_glyphs("emnits", tmp_path)


def test_importing_does_not_load_tensorflow_or_tfds() -> None:
    code = (
        "import sys, kerasrec.lines.glyphs; print(*{'tensorflow', 'tensorflow_datasets', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
