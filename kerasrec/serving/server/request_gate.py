"""The gate of a server: who is in is counted, and once it is closed nobody else gets in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from kerasrec.serving.server.failure import ServingError


class RequestGate:
    """Counts the requests that are being worked on. Its methods may be called from several threads."""

    def __init__(self) -> None:
        self._inside = 0
        self._here = threading.local()
        self._is_closed = False
        self._changed = threading.Condition()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Lets a request in; raises ServingError with UNAVAILABLE if the gate is closed.

        A thread that is in may enter again, also when the gate is closed meanwhile.
        """
        if getattr(self._here, "is_inside", False):
            yield
            return
        with self._changed:
            if self._is_closed:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "The server is shutting down")
            self._inside += 1
        self._here.is_inside = True
        try:
            yield
        finally:
            self._here.is_inside = False
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self, grace: float) -> bool:
        """Lets nobody in any more, and waits at most `grace` seconds until all have left; tells whether they have."""
        with self._changed:
            self._is_closed = True
            return self._changed.wait_for(lambda: not self._inside, grace)
