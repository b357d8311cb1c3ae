"""docs/own-architecture.md: its class, saved as a file, is trained, read with and exported."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from kerasrec.models import MODELS
from kerasrec_cli.main import app

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


@pytest.fixture(scope="module")
def kerasrec(folder) -> Callable[..., Result]:
    """Runs `kerasrec` with arguments in the folder; what is imported for one command is unknown to the next."""

    def run(*arguments: str) -> Result:
        with patch.dict(MODELS), patch.object(sys, "path", sys.path.copy()), contextlib.chdir(folder):
            result = CliRunner().invoke(app, arguments)
        sys.modules.pop("tiny", None)
        return result

    return run


@pytest.fixture(scope="module")
def trained(kerasrec, folder) -> Path:
    arguments = ("train", "tiny", "--set", "channels=8", "--text", "text.txt", *SMALL, "--out", "run")
    done = kerasrec("--import", "tiny.py", *arguments)
    assert done.exit_code == 0, done.stderr
    return folder


def test_it_is_read_with(kerasrec, trained):
    done = kerasrec("--import", "tiny.py", "read", "run", "line.png")
    assert done.exit_code == 0
    assert done.stdout.startswith("line.png\t")
    assert done.stderr == "" or "no text was read" in done.stderr  # it is hardly trained


def test_without_its_file_the_remedy_is_named(kerasrec, trained):
    done = kerasrec("read", "run", "line.png", "--engine", "tensorflow")  # its ONNX file needs no file
    assert done.exit_code == 1
    assert "holds a model 'tiny', which is not one of line_cnn_simple," in done.stderr
    assert "kerasrec --import FILE" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_exported(kerasrec, trained):
    done = kerasrec("--import", "tiny.py", "export", "run", "model")
    assert done.exit_code == 0, done.stderr
    assert (trained / "model" / "1" / "saved_model.pb").is_file()


def test_its_hyperparameters_are_listed_with_their_meanings(folder):
    arguments = ["--import", "tiny.py", "models", "tiny"]
    done = subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"channels +64 +Channels of the last convolution\.", done.stdout)
