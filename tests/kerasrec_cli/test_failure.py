"""The message and the exit code of each kind of error."""

import errno

import pytest

from kerasrec import errors
from kerasrec_cli import failure


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.png"), "Error: a.png could not be written: no space"),
        (OSError(errno.EROFS, "Read-only file system", "a.png"), "Error: a.png could not be written: the disk is read"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a"),
            "Error: a: permission denied. Change its permissions",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), "Error: a does not exist. Check its path."),
        (
            IsADirectoryError(errno.EISDIR, "Is a directory", "a"),
            "Is a directory: 'a'. Run `kerasrec --debug ...` to see",
        ),
        (OSError("Unable to write"), "Error: Unable to write. Run `kerasrec --debug ...` to see the traceback."),
        (OSError("It is full."), "Error: It is full. Run `kerasrec --debug ...` to see the traceback."),
        (type("ResourceExhaustedError", (Exception,), {})("OOM when allocating"), "Error: out of memory. Use smaller"),
        (MemoryError(), "Error: out of memory. Use smaller batches, a smaller model"),
        (errors.CannotWrite("runs/a is full."), "Error: runs/a is full."),
        (KeyboardInterrupt(), "Interrupted."),
    ],
)
def test_the_message_has_a_remedy(error, text):
    assert text in failure.message(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("a"), 2),
        (errors.BadRun("a"), 1),
        (errors.CannotWrite("a"), 1),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (MemoryError(), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_the_exit_code_distinguishes_wrong_usage_from_a_failed_job(error, code):
    assert failure.exit_code(error) == code
