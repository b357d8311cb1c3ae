"""Runs a program in a new Python process, to check there that what was exported does not need this one."""

import os
import re
import subprocess
import sys
from pathlib import Path

from kerasrec.errors import ExportFailed, plain_reason

_SECONDS = 600


def run_elsewhere(what: str, where: str, program: Path, *arguments: Path) -> None:
    """Runs a program and waits for its end.

    Args:
        what: What it runs, such as "The SavedModel".
        where: The process, such as "a process without Keras and kerasrec".
        program: The file of the program.
        arguments: Its arguments.

    Raises:
        ExportFailed: It fails, or takes too long.
    """
    # It finds what this process finds: also packages of PYTHONPATH, of the user, and those added while running.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    try:
        process = subprocess.run(
            [sys.executable, "-P", str(program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportFailed(f"{what} did not finish within {_SECONDS} s in a separate process.") from error
    if process.returncode:
        raise ExportFailed(f"{what} does not run in {where}: {_find_error(process.stderr)}")


def _find_error(stderr: str) -> str:
    r"""Returns the error that ended a Python process, in one line.

    >>> _find_error("Traceback:\n  f()\nlib.InvalidArgumentError: Graph execution error:\n\nbad\n\t [[{{node A}}]]\n")
    'InvalidArgumentError: bad'
    """
    names = list(re.finditer(r"^(?:\w+\.)*(\w+): ", stderr, re.MULTILINE))
    errors = [match for match in names if match[1].endswith(("Error", "Exception"))]
    if not errors:
        return (stderr.strip().splitlines() or ["no message"])[-1]
    return f"{errors[-1][1]}: {plain_reason(stderr[errors[-1].end() :])}".split("\n")[0]
