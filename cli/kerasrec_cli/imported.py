"""Imports a user's own Python file, which may register an architecture."""

import importlib.util
import sys
from pathlib import Path

from kerasrec.errors import KerasrecError, UsageError
from kerasrec_cli import quiet


def import_file(path: Path) -> None:
    """Imports a Python file as a module named after it.

    Raises:
        UsageError: The file does not exist, is not a Python file, or fails. The message has its error and line.
    """
    if not path.is_file() or path.suffix != ".py":
        raise UsageError(f"--import must be a Python file (NAME.py) that exists, but is {path}. Check the path.")
    quiet.start_tensorflow()
    path = path.absolute()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be imported as a Python module. Rename it.")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # dataclasses look up the module of their class
    sys.path.insert(0, str(path.parent))  # for the modules beside it
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        place = "" if isinstance(error, SyntaxError) else _line_suffix(path, error)
        kind = "" if isinstance(error, KerasrecError) else f"{type(error).__name__}: "
        reason = str(error).rstrip(".")
        raise UsageError(f"{path.name} cannot be imported: {kind}{reason}{place}.") from error


def _line_suffix(path: Path, error: Exception) -> str:
    """Returns " (line N)" for the line of the file that an error came from, or "" if it is unknown."""
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == str(path):
            line = frame.tb_lineno
        frame = frame.tb_next
    return "" if line is None else f" (line {line})"
