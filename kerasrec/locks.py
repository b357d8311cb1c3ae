"""Locks: one process at a time works in a folder."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from kerasrec.errors import UsageError


@contextlib.contextmanager
def locked(file: Path, busy: str) -> Iterator[None]:
    """Holds a lock inside the context, which ends with the process, even by a kill.

    Network drives without locks, and Windows, hold none.

    Args:
        file: The file to lock. It is created if missing and kept after; it must not be one that is replaced.
        busy: The message if another process holds the lock.

    Raises:
        UsageError: Another process holds the lock.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with file.open("ab") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(busy) from None
        except OSError:
            pass  # some network drives have no locks
        yield
