"""`kerasrec --import FILE` with an invalid file; the tests of docs/own-architecture.md import a valid one."""

import pytest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "--import must be a Python file (NAME.py) that exists, but is own.py. Check the path."),
        ("import kerasrec\n1 / 0\n", "own.py cannot be imported: ZeroDivisionError: division by zero (line 2)."),
        ("def f(:\n", "own.py cannot be imported: SyntaxError: invalid syntax (own.py, line 1) (line 1)."),
        (
            "import kerasrec\n@kerasrec.register_architecture('line_cnn')\nclass A(kerasrec.Architecture): ...\n",
            "A must be a frozen dataclass: put @dataclass(frozen=True) above it.",
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
