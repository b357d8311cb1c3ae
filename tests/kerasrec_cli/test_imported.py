"""`kerasrec --import FILE` with an invalid file; the tests of docs/own-architecture.md import a valid one."""

import sys

import pytest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "--import must be a Python file (NAME.py) that exists, but is own.py. Check the path."),
        ("import kerasrec\n1 / 0\n", "own.py cannot be imported: ZeroDivisionError: division by zero (line 2)."),
        ("def f(:\n", "own.py cannot be imported: SyntaxError: invalid syntax (own.py, line 1)."),
        (
            "import kerasrec\n@kerasrec.register_architecture('line_cnn')\nclass A(kerasrec.Architecture): ...\n",
            "own.py cannot be imported: A must be a frozen dataclass: put @dataclass(frozen=True) above it (line 2).",
        ),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused(kerasrec, tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "own.py").write_text(content, encoding="utf-8")
    result = kerasrec("--import", "own.py", "models")
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_file_may_import_the_modules_beside_it(kerasrec, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", sys.path.copy())
    (tmp_path / "kerasrec_test_blocks.py").write_text("BLOCKS = 3\n", encoding="utf-8")
    (tmp_path / "net.py").write_text("from kerasrec_test_blocks import BLOCKS\nassert BLOCKS == 3\n", encoding="utf-8")
    assert kerasrec("--import", tmp_path / "net.py", "models", "line_cnn").exit_code == 0
