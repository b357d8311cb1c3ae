"""A folder is locked for one process, until that ends."""

import subprocess
import sys

import pytest

from kerasrec.errors import UsageError
from kerasrec.locks import locked

HOLD = """
import pathlib, sys, time
from kerasrec.locks import locked
with locked(pathlib.Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    with (
        locked(tmp_path / "lock", "busy"),
        pytest.raises(UsageError, match="^busy$"),
        locked(tmp_path / "lock", "busy"),
    ):
        pass
    with locked(tmp_path / "lock", "busy"):
        pass


def test_a_lock_is_free_after_a_kill(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="^busy$"), locked(tmp_path / "lock", "busy"):
            pass
        process.kill()
    with locked(tmp_path / "lock", "busy"):
        pass
