"""The message and the exit code of a command that failed.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | the job failed, or a part of it did (one of many files could not be read) |
| 2 | wrong usage: a value that can be corrected on the command line |
| 130 | interrupted with Ctrl-C |
"""

import errno
import traceback

import typer

from kerasrec.errors import KerasrecError

_EXPECTED = (KerasrecError, OSError, MemoryError, KeyboardInterrupt)
_TRACEBACK_HINT = "Run `kerasrec --debug ...` to see the traceback."


def is_expected(error: BaseException) -> bool:
    """Whether an error can happen to a user. Any other error is a bug in kerasrec and keeps its traceback.

    >>> is_expected(FileNotFoundError()), is_expected(KeyError())
    (True, False)
    """
    return isinstance(error, _EXPECTED) or _is_out_of_memory(error)


def report(error: BaseException, debug: bool = False) -> int:
    """Writes the message of an error to stderr, after its traceback if `debug`, and returns the exit code."""
    if debug:
        traceback.print_exception(error)
    typer.secho(message(error), fg="red", err=True)
    return exit_code(error)


def exit_code(error: BaseException) -> int:
    """Returns the exit code for an error.

    >>> exit_code(KeyboardInterrupt())
    130
    """
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, KerasrecError) else 1


def message(error: BaseException) -> str:
    """Returns the message for an error. Those of kerasrec are complete; those of the system get a remedy.

    >>> message(PermissionError(13, "Permission denied", "runs/a"))
    'Error: runs/a: permission denied. Change its permissions, or use another folder.'
    """
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, KerasrecError):
        return f"Error: {error}"
    if _is_out_of_memory(error):
        return f"Error: out of memory. Use smaller batches, a smaller model or shorter lines. {_TRACEBACK_HINT}"
    return f"Error: {_system_message(error)}"


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether an error is Python's or TensorFlow's out-of-memory error.

    TensorFlow's is recognized by its name, as TensorFlow may not be loaded.
    """
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def _system_message(error: BaseException) -> str:
    name = getattr(error, "filename", None) or "the output"
    match getattr(error, "errno", None):
        case errno.ENOSPC | errno.EDQUOT:
            return f"{name} could not be written: no space is left. Free some space, or use another disk or folder."
        case errno.EACCES | errno.EPERM:
            return f"{name}: permission denied. Change its permissions, or use another folder."
        case errno.EROFS:
            return f"{name} could not be written: the disk is read-only. Use another folder."
        case errno.ENOENT:
            return f"{name} does not exist. Check its path."
    return f"{str(error).rstrip('.')}. {_TRACEBACK_HINT}"
