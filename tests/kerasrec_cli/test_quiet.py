"""TensorFlow starts silently, unless it fails or debug mode is on."""

import logging
import os
import subprocess
import sys

import pytest

from kerasrec.errors import ExportFailed
from kerasrec_cli import quiet

START = "from kerasrec_cli import quiet\nquiet.configure({debug})\n{before}\nquiet.start_tensorflow()\nprint('started')"


def start(debug=False, before=""):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS", "GRPC"))}
    code = START.format(debug=debug, before=before)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


def test_tensorflow_starts_silently():
    done = start()
    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", "")


def test_debug_mode_shows_tensorflow_logs():
    done = start(debug=True)
    assert done.returncode == 0
    assert "cpu_feature_guard" in done.stderr  # which instructions TensorFlow was built for


@pytest.mark.parametrize("writing", ["os.write(2, b'a line from C++')", "print('a line from C++', file=sys.stderr)"])
def test_captured_output_is_shown_on_failure(writing):
    finder = f"""
import os, sys
class Finder:
    def find_spec(self, *_):
        {writing}
        raise ImportError("no Keras here")
sys.meta_path.insert(0, Finder())"""
    done = start(before=finder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a line from C++" in done.stderr
    assert "ImportError: no Keras here" in done.stderr


def test_captured_output_is_dropped_where_the_error_explains_itself(capfd):
    with pytest.raises(ExportFailed, match="cannot be converted"), quiet.captured_stderr():
        os.write(2, b"pages from C++")
        raise ExportFailed("It cannot be converted.")
    assert capfd.readouterr() == ("", "")


def test_plots_need_no_window_system(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    quiet.configure()
    done = subprocess.run([sys.executable, "-c", "import kerasrec.plots"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_library_logs_are_plain_lines_on_stderr(capsys):
    quiet.configure()
    quiet.configure()
    logging.getLogger("kerasrec").info("Downloading EMNIST (%.2f MiB).", 535.73)
    assert capsys.readouterr() == ("", "Downloading EMNIST (535.73 MiB).\n")


def test_a_line_is_logged_once_also_after_abseil_logged_one():
    code = """
import logging
import absl.logging
from kerasrec_cli import quiet
quiet.configure()
absl.logging.info("Sharding callback duration")
logging.getLogger("kerasrec.serving").info("lines: version 1 is served.")
logging.getLogger("uvicorn.error").info("Started")
logging.getLogger("uvicorn.error").error("Invalid request")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "lines: version 1 is served.\nInvalid request\n")
