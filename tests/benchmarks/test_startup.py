import subprocess
import sys

import pytest

from benchmarks.picture_speed import PICTURES
from benchmarks.startup import list_commands, measure

WORK = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"


def test_wall_and_processor_time_and_memory_of_a_command():
    usage = measure([sys.executable, "-c", f"{WORK}\ntime.sleep(0.5)"])
    assert usage.wall > 0.8
    assert 0.3 < usage.processor < usage.wall - 0.4
    assert 0.001 < usage.memory < 1


def test_a_command_that_does_not_end_is_timed_until_it_is_ready():
    usage = measure([sys.executable, "-c", "import time\nprint('up: ready', flush=True)\ntime.sleep(60)"], "ready")
    assert usage.wall < 50


@pytest.mark.parametrize(("code", "ready"), [("raise SystemExit(3)", ""), ("print('no')", "ready")])
def test_a_command_that_fails_or_is_never_ready_is_an_error(code, ready, capfd):
    with pytest.raises(subprocess.CalledProcessError):
        measure([sys.executable, "-c", code], ready)
    assert "failed or was not ready" in capfd.readouterr().err


def test_the_commands_read_a_picture_that_exists(tmp_path):
    commands = {command.name: command for command in list_commands(tmp_path)}
    assert PICTURES[0].is_file()
    for engine in ("ONNX Runtime", "TensorFlow"):
        assert str(PICTURES[0]) in commands[f"kerasrec read, {engine}"].arguments
    assert commands["kerasrec serve, until ready"].ready
