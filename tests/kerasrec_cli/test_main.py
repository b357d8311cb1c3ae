"""Errors, exit codes and startup, through the real entry point."""

import errno
import io
import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import kerasrec
from kerasrec import errors
from kerasrec_cli import main


@pytest.fixture
def run_failing(monkeypatch):
    """Runs `kerasrec models` with a body that raises, and returns the result."""

    def run(error, *options, env=None):
        def fail():
            raise error

        command = next(c for c in main.app.registered_commands if c.callback.__name__ == "models")
        monkeypatch.setattr(command, "callback", fail)
        monkeypatch.setattr(command, "name", "models")
        return CliRunner().invoke(main.app, [*options, "models"], env=env)

    return run


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (errors.UsageError("height must be 28, but is 3."), 2, "Error: height must be 28, but is 3.\n"),
        (errors.BadRun("runs/a is not a run."), 1, "Error: runs/a is not a run.\n"),
        (errors.DataUnavailable("No network."), 1, "Error: No network.\n"),
        (errors.DivergedTraining("The loss is NaN since step 3."), 1, "Error: The loss is NaN since step 3.\n"),
        (OSError(errno.ENOSPC, "No space left on device", "runs/a/best.keras"), 1, "runs/a/best.keras could not be"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_an_error_becomes_a_message_and_an_exit_code(run_failing, error, code, text):
    result = run_failing(error)
    assert (result.exit_code, result.stdout) == (code, "")
    assert text in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("options", "env"), [(["--debug"], None), ([], {"KERASREC_DEBUG": "1"})])
def test_debugging_adds_the_traceback_and_keeps_message_and_code(run_failing, options, env):
    result = run_failing(errors.UsageError("height must be 28, but is 3."), *options, env=env)
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("Error: height must be 28, but is 3.\n")


def test_a_bug_in_kerasrec_keeps_its_traceback(run_failing):
    result = run_failing(KeyError("logits"))
    assert isinstance(result.exception, KeyError)


def test_the_version_has_what_a_bug_report_needs():
    result = CliRunner().invoke(main.app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"kerasrec {kerasrec.__version__} (Python 3.")
    assert "Keras 3." in result.stdout
    assert "TensorFlow 2." in result.stdout


def test_help_lists_every_command():
    result = CliRunner().invoke(main.app, ["--help"])
    assert result.exit_code == 0
    for command in ("train", "evaluate", "read", "models", "data", "--install-completion"):
        assert command in result.stdout


def test_an_unknown_command_is_wrong_usage():
    result = CliRunner().invoke(main.app, ["trian"])
    assert result.exit_code == 2
    assert "trian" in result.stderr


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def run_script(request):
    """Runs `kerasrec` as its console script does, with buffered and unbuffered output."""

    def run(arguments, stdout):
        code = f"import sys\nsys.argv[1:] = {arguments}\nfrom kerasrec_cli.main import run\nrun()"
        env = {**os.environ, "PYTHONUNBUFFERED": request.param}
        command = [sys.executable, "-c", code]
        return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, check=False)

    return run


def test_a_closed_pipe_is_not_reported(run_script):
    reader, writer = os.pipe()
    os.close(reader)
    done = run_script(["--help"], writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_output_to_a_full_disk_is_an_error(run_script, arguments):
    with open("/dev/full", "w") as full:
        done = run_script(arguments, full)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the output could not be written: no space is left.")
    assert "Traceback" not in done.stderr


def test_the_package_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "kerasrec", "trian"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: kerasrec ")
    assert "No such command 'trian'" in done.stderr


def test_the_script_exits_with_the_code_of_the_command(run_script):
    assert run_script(["trian"], subprocess.DEVNULL).returncode == 2
    assert run_script(["--help"], subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "shift_jis"])
def test_a_character_that_the_terminal_lacks_is_escaped_and_json_remains_json(monkeypatch, encoding):
    text = "café \\ œ 日本 \N{GRINNING FACE}"

    def show(prog_name):
        print(json.dumps({"text": text}, ensure_ascii=False))
        sys.exit(0)

    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    monkeypatch.setattr(main, "app", show)
    with pytest.raises(SystemExit) as end:
        main.run()
    assert (end.value.code, json.loads(written.getvalue().decode(encoding))) == (0, {"text": text})
    if encoding == "ascii":
        assert written.getvalue().startswith(rb'{"text": "caf\u00e9 \\ \u0153')
