"""docs/own-architecture.md: its class, saved as a file, is trained, read with and exported."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-architecture.md"
COMMAND = [sys.executable, "-c", "from kerasrec_cli.main import run\nrun()"]
LITTLE = ["--epochs", "1", "--epoch-lines", "32", "--validation-lines", "8", "--test-lines", "8"]
SMALL = [*LITTLE, "--characters", "ab "]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the page's class in tiny.py and a picture of a line."""
    folder = tmp_path_factory.mktemp("own")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "tiny.py").write_text(blocks[0], encoding="utf-8")
    line = np.full((60, 180), 255, np.uint8)
    line[20:40, 60:120] = 0
    Image.fromarray(line).save(folder / "line.png")
    (folder / "text.txt").write_text("\n".join(f"{'ab' * n} {'ba' * n}" for n in range(1, 400)), encoding="utf-8")
    return folder


def kerasrec(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def trained(folder) -> Path:
    arguments = ("train", "tiny", "--set", "channels=8", "--text", "text.txt", *SMALL, "--out", "run")
    done = kerasrec(folder, "--import", "tiny.py", *arguments)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_is_read_with(trained):
    done = kerasrec(trained, "--import", "tiny.py", "read", "run", "line.png")
    assert done.returncode == 0
    assert done.stdout.startswith("line.png\t")
    assert done.stderr == "" or "no text was read" in done.stderr  # it is hardly trained


def test_without_its_file_the_remedy_is_named(trained):
    done = kerasrec(trained, "read", "run", "line.png")
    assert done.returncode == 1
    assert "holds a model 'tiny', which is not one of line_cnn_simple," in done.stderr
    assert "kerasrec --import FILE" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_exported(trained):
    done = kerasrec(trained, "--import", "tiny.py", "export", "run", "model")
    assert done.returncode == 0, done.stderr
    assert (trained / "model" / "1" / "saved_model.pb").is_file()


def test_its_hyperparameters_are_listed_with_their_meanings(folder):
    done = kerasrec(folder, "--import", "tiny.py", "models", "tiny")
    assert done.returncode == 0, done.stderr
    assert re.search(r"channels +64 +Channels of the last convolution\.", done.stdout)
