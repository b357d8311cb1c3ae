"""Limits the memory of the requests that are being received or answered."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from kerasrec.serving.server.failure import ServingError


class BodyMemory:
    """Limits the memory of all bodies together. Its methods may be called from several threads."""

    def __init__(self, most_bytes: int) -> None:
        """Allows up to `most_bytes` at the same time."""
        self._most = most_bytes
        self._held = 0
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Yields a function that reserves bytes until the end of the block, or raises ServingError if none are left."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            with self._lock:
                if self._held + size > self._most:
                    text = "The server has no memory for more requests. Try again later."
                    raise ServingError(grpc.StatusCode.UNAVAILABLE, text)
                self._held += size
                taken += size

        try:
            yield take
        finally:
            with self._lock:
                self._held -= taken
