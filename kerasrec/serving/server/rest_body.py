"""The body of a request, in bounded memory and time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
from starlette.exceptions import HTTPException
from starlette.requests import Request

from kerasrec.serving.server.failure import ServingError

_IDLE_SECONDS = 10.0  # without a byte


class BodyMemory:
    """The memory of all bodies that are being worked on. Used by one thread: that of the event loop."""

    def __init__(self, most_bytes: int) -> None:
        """Holds nothing yet; more than `most_bytes` it refuses to hold."""
        self._most = most_bytes
        self._held = 0

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Gives what takes some bytes more, which are given back at the end, or raises ServingError."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._held + size > self._most:
                text = "The server holds as many bytes of requests as it takes. Try again later."
                raise ServingError(grpc.StatusCode.UNAVAILABLE, text)
            self._held += size
            taken += size

        try:
            yield take
        finally:
            self._held -= taken


async def read_body(
    request: Request,
    most_bytes: int,
    seconds: float,
    take: Callable[[int], None] = lambda _: None,
    idle_seconds: float = _IDLE_SECONDS,
) -> bytes:
    """Reads the body of a request.

    Args:
        request: Whose body it is.
        most_bytes: The largest one that is accepted: of a larger one, no more than that is read.
        seconds: How long to wait for all of it.
        take: Told of the bytes of each piece before it is kept; may raise.
        idle_seconds: How long to wait for the next piece.

    Raises:
        HTTPException: It is too large (413), does not come (408) or is compressed (415).
        ClientDisconnect: The client is gone.
    """
    if coding := request.headers.get("content-encoding", "identity").removeprefix("identity"):
        raise HTTPException(415, f"Expected a body without Content-Encoding, but received {coding}. Send it as it is.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most_bytes:
        raise _too_large(int(declared), most_bytes)
    body = bytearray()
    now = asyncio.get_running_loop().time
    end = now() + seconds
    try:
        async with asyncio.timeout(min(seconds, idle_seconds)) as timeout:
            async for chunk in request.stream():
                timeout.reschedule(min(end, now() + idle_seconds))
                take(len(chunk))
                body += chunk
                if len(body) > most_bytes:
                    raise _too_large(len(body), most_bytes)
    except TimeoutError:
        text = (
            f"Expected the whole request within {seconds:g} s, and something every {idle_seconds:g} s, but received "
            f"{len(body):,} bytes. Send it again."
        )
        raise HTTPException(408, text, {"Connection": "close"}) from None
    return bytes(body)


def _too_large(size: int, most: int) -> HTTPException:
    text = f"Expected a request of at most {most:,} bytes, but received {size:,}. Send fewer or smaller pictures."
    return HTTPException(413, text)
