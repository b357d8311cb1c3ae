"""The body of a request, in bounded memory and time."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request, most_bytes: int, seconds: float) -> bytes:
    """Reads the body of a request.

    Args:
        request: Whose body it is.
        most_bytes: The largest one that is accepted: of a larger one, no more than that is read.
        seconds: How long to wait for all of it.

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
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise _too_large(len(body), most_bytes)
    except TimeoutError:
        text = f"Expected the whole request within {seconds:g} s, but received {len(body):,} bytes. Send it again."
        raise HTTPException(408, text, {"Connection": "close"}) from None
    return bytes(body)


def _too_large(size: int, most: int) -> HTTPException:
    text = f"Expected a request of at most {most:,} bytes, but received {size:,}. Send fewer or smaller pictures."
    return HTTPException(413, text)
