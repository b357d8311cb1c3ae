"""Reads the bodies of requests in bounded memory and time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
from starlette.exceptions import HTTPException
from starlette.requests import Request

from kerasrec.serving.server.failure import ServingError

_IDLE_SECONDS = 10.0  # the longest time without data


class BodyMemory:
    """Limits the memory of all bodies together. Only for the thread of the event loop."""

    def __init__(self, most_bytes: int) -> None:
        """Allows up to `most_bytes` at the same time."""
        self._most = most_bytes
        self._held = 0

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Yields a function that reserves bytes until the end of the block, or raises ServingError if none are left."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._held + size > self._most:
                text = "The server has no memory for more requests. Try again later."
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
        request: The request.
        most_bytes: The largest body that is accepted; a larger one is not read any further.
        seconds: The time limit for the whole body.
        take: Called with the size of each piece before it is kept; may raise.
        idle_seconds: The time limit for the next piece.

    Raises:
        HTTPException: The body is too large (413), does not arrive in time (408), or is compressed (415).
        ClientDisconnect: The client has disconnected.
    """
    if coding := request.headers.get("content-encoding", "identity").removeprefix("identity"):
        text = f"Expected a body without Content-Encoding, but received {coding}. Send it uncompressed."
        raise HTTPException(415, text)
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
            f"Expected the whole request within {seconds:g} s, and data at least every {idle_seconds:g} s, but only "
            f"received {len(body):,} bytes. Send it again."
        )
        raise HTTPException(408, text, {"Connection": "close"}) from None
    return bytes(body)


def _too_large(size: int, most: int) -> HTTPException:
    text = f"Expected a request of at most {most:,} bytes, but received {size:,}. Send fewer or smaller images."
    return HTTPException(413, text)
