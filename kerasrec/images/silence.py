"""Suppresses Python's warnings in several threads."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_inside = 0
_restore = ExitStack()


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Ignores all warnings until the last thread has left the context.

    `warnings.catch_warnings` alone does not work, because its filters are global: if two threads overlap, the first to
    leave restores the warnings of the second, which then leaves the filters ignoring all warnings forever.
    """
    global _inside
    with _lock:
        if not _inside:
            _restore.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _restore.close()
