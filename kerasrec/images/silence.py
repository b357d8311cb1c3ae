"""Silence from Python's warnings, for several threads at a time."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_inside = 0
_restore = ExitStack()


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Ignores all warnings until the last thread has left.

    `warnings.catch_warnings` alone does not serve: its filters belong to the process, so of two threads that overlap
    the first to leave ends the silence of the second, which then leaves the filters silent for good.
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
