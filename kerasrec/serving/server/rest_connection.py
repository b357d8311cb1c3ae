"""An HTTP connection that is closed when its client sends no request, or is too slow in sending one."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from kerasrec.serving.server.connections import IDLE_SECONDS

_LOG_SECONDS = 60.0
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

_log = logging.getLogger(__name__)


class RestConnection(H11Protocol):
    """A connection that waits for the header of a request only for some time, and makes room for others.

    If there are too many connections, the one that waits longest for a request is closed; if none waits, the new one.

    Args:
        most: The most connections.
        idle_seconds: The longest time until the header of a request is complete.
        arguments: Those of uvicorn.
    """

    _logged = float("-inf")  # when too many connections were last reported, so that they cannot fill the log

    def __init__(self, most: int, idle_seconds: float = IDLE_SECONDS, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._most = most
        self._idle_seconds = idle_seconds
        self._waiting_since = 0.0
        self._end: asyncio.TimerHandle | None = None

    @property
    def _is_waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to wait for the first request."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self._most:
            self._make_room()

    def on_response_complete(self) -> None:
        """Starts to wait for the next request."""
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._waiting_since = self.loop.time()
        self._end = self.loop.call_later(self._idle_seconds, self._close_if_waiting)

    def _close_if_waiting(self) -> None:
        if self._is_waiting:
            self.transport.close()

    def _make_room(self) -> None:
        if self.loop.time() >= RestConnection._logged + _LOG_SECONDS:
            RestConnection._logged = self.loop.time()
            _log.warning("REST has more than %d connections: those that send no request are closed.", self._most)
        others = [each for each in self.connections if each is not self and isinstance(each, RestConnection)]
        waiting = [each for each in others if each._is_waiting and not each.transport.is_closing()]
        if waiting:
            min(waiting, key=lambda each: each._waiting_since).transport.abort()
        else:
            self.transport.write(_BUSY)
            self.transport.close()
