"""The Python section of README.md runs as it is printed, with a small run, small settings and a server of its own."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from kerasrec.decoding import Reading
from kerasrec.serving.client.testing import FakeServer

ROOT = Path(__file__).resolve().parents[2]
SMALL = (
    'hyperparameters={"width": 4, "context_dim": 8, "context_blocks": 1}, characters="0123 ", text="digits.txt", '
    "max_length=8, epochs=1, epoch_lines=32, validation_lines=8, test_lines=8"
)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The files that the section names."""
    with zipfile.ZipFile(ROOT / "tests" / "saved" / "0.1.0.zip") as archive:
        archive.extractall(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "run").rename(tmp_path / "runs" / "emnist")
    shutil.copy(tmp_path / "lines" / "line1.png", tmp_path / "line.png")
    (tmp_path / "scan.jpg").write_text("no image")
    (tmp_path / "lines").rename(tmp_path / "own-lines")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_section_runs(folder, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"## From Python\n+```python\n(.*?)```", readme, re.DOTALL)
    with FakeServer(lambda image: Reading("asked", 0.5, ())) as server:
        changes = {'glyphs="emnist", text="brown", minutes=30': SMALL, "localhost:8500": server.target}
        for printed, tried in changes.items():
            assert code.count(printed) == 1
            code = code.replace(printed, tried)
        exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("2120 30 0.9999")
    assert said[1] == "2 1.0 8.0 28.0"
    assert "scan.jpg is not an image" in said[9]
    assert said[-1] == "asked"
    assert (folder / "saved_models" / "lines" / "1" / "saved_model.pb").is_file()
    assert (folder / "runs" / "x" / "recognizer.keras").is_file()
