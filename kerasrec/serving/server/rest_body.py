"""Reads the bodies of requests in bounded memory and time."""

import asyncio
import zlib
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request

_IDLE_SECONDS = 10.0  # the longest time without data
_GZIP = 16 + zlib.MAX_WBITS  # tells zlib to expect gzip's header


async def read_body(
    request: Request,
    most_bytes: int,
    seconds: float,
    take: Callable[[int], None] = lambda _: None,
    idle_seconds: float = _IDLE_SECONDS,
) -> bytes:
    """Reads the body of a request, and decompresses it if its Content-Encoding is gzip.

    Args:
        request: The request.
        most_bytes: The largest body that is accepted, decompressed; a larger one is not read any further.
        seconds: The time limit for the whole body.
        take: Called with the size of each piece before it is kept; may raise.
        idle_seconds: The time limit for the next piece.

    Raises:
        HTTPException: The body is too large (413), does not arrive in time (408), is compressed with anything but gzip
            (415), or is not gzip although it says so (400).
        ClientDisconnect: The client has disconnected.
    """
    gunzip = _gunzip_for(request)
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
                chunk = gunzip.decompress(chunk, most_bytes - len(body) + 1) if gunzip else chunk
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
    except zlib.error as error:
        raise _not_gzip(str(error)) from error
    if gunzip and not gunzip.eof:
        raise _not_gzip("its end is missing")
    return bytes(body)


def _gunzip_for(request: Request) -> "zlib._Decompress | None":
    """Returns a decompressor for the body of a request; None if it is not compressed."""
    match request.headers.get("content-encoding", "identity").strip().lower():
        case "identity" | "":
            return None
        case "gzip" | "x-gzip":
            return zlib.decompressobj(_GZIP)
        case coding:
            text = f"Expected a body that is not compressed, or with gzip, but received {coding}. Send it uncompressed."
            raise HTTPException(415, text)


def _not_gzip(reason: str) -> HTTPException:
    return HTTPException(400, f"Expected a body compressed with gzip, but it is not: {reason}. Compress it again.")


def _too_large(size: int, most: int) -> HTTPException:
    text = f"Expected a request of at most {most:,} bytes, but received {size:,}. Send fewer or smaller images."
    return HTTPException(413, text)
