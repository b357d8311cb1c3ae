"""Counts the running requests of a server, and refuses new ones once it shuts down."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from kerasrec.serving.server.failure import ServingError


class RequestGate:
    """Counts running requests. Its methods may be called from several threads."""

    def __init__(self) -> None:
        self._running = 0
        self._thread = threading.local()
        self._is_closed = False
        self._changed = threading.Condition()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Counts its block as a running request; raises ServingError with UNAVAILABLE if the gate is closed.

        A thread that is already inside may enter again, even if the gate was closed meanwhile.
        """
        if getattr(self._thread, "is_inside", False):
            yield
            return
        with self._changed:
            if self._is_closed:
                raise ServingError(grpc.StatusCode.UNAVAILABLE, "The server is shutting down")
            self._running += 1
        self._thread.is_inside = True
        try:
            yield
        finally:
            self._thread.is_inside = False
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def close(self, grace: float) -> bool:
        """Refuses new requests and waits at most `grace` seconds; returns whether all running ones have ended."""
        with self._changed:
            self._is_closed = True
            return self._changed.wait_for(lambda: not self._running, grace)
