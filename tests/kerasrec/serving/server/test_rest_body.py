import asyncio
import gzip
from collections.abc import Iterable

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from kerasrec.serving.server.body_memory import BodyMemory
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.rest_body import read_body


class Sent:
    """A request whose body arrives in pieces: bytes, seconds to wait, or None when the client disconnects."""

    def __init__(self, pieces: Iterable[bytes | float | None], **headers: str) -> None:
        self._pieces = iter(pieces)
        self.taken = 0
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.request = Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, self._receive)

    async def _receive(self) -> dict:
        piece = next(self._pieces, b"")
        while isinstance(piece, float):
            await asyncio.sleep(piece)
            piece = next(self._pieces, b"")
        self.taken += 1
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": piece != b""}


def read(sent: Sent, most: int = 10, seconds: float = 60.0) -> bytes:
    return asyncio.run(read_body(sent.request, most, seconds))


def test_a_body_is_assembled_from_its_pieces():
    assert read(Sent([b"0123", b"456", b"789"])) == b"0123456789"
    assert read(Sent([])) == b""


def test_a_body_declared_too_large_is_not_read():
    sent = Sent([b"0"] * 20, content_length="11")
    with pytest.raises(HTTPException) as caught:
        read(sent)
    assert caught.value.status_code == 413
    assert caught.value.detail.startswith("Expected a request of at most 10 bytes, but received 11. Send fewer")
    assert sent.taken == 0


def test_a_body_that_turns_out_too_large_is_not_read_further():
    sent = Sent([b"01234"] * 20)
    with pytest.raises(HTTPException, match=r"at most 10 bytes, but received 15\."):
        read(sent)
    assert sent.taken == 3


def test_a_body_of_the_largest_size_is_read():
    assert read(Sent([b"0123456789"], content_length="10")) == b"0123456789"


def in_pieces(content: bytes) -> Sent:
    return Sent([content[i : i + 7] for i in range(0, len(content), 7)], content_encoding="gzip")


def test_a_body_in_gzip_is_decompressed():
    assert read(in_pieces(gzip.compress(b"0123456789"))) == b"0123456789"
    assert read(Sent([b"a"], content_encoding="identity")) == b"a"


def test_a_body_in_gzip_that_turns_out_too_large_is_not_decompressed_further():
    taken = []
    with pytest.raises(HTTPException, match=r"at most 1,000 bytes, but received 1,001\.") as caught:
        asyncio.run(
            read_body(Sent([gzip.compress(bytes(10**7))], content_encoding="gzip").request, 1000, 60, taken.append)
        )
    assert (caught.value.status_code, sum(taken)) == (413, 1001)


@pytest.mark.parametrize("content", [b"plain text", gzip.compress(b"01234567", mtime=0)[:-9]], ids=["plain", "cut off"])
def test_a_body_that_is_not_gzip_although_it_says_so_is_refused(content):
    with pytest.raises(HTTPException, match="Expected a body compressed with gzip, but it is not: ") as caught:
        read(in_pieces(content))
    assert caught.value.status_code == 400


def test_a_body_compressed_otherwise_is_refused():
    with pytest.raises(HTTPException, match=r"or with gzip, but received br\.") as caught:
        read(Sent([b"a"], content_encoding="br"))
    assert caught.value.status_code == 415


def test_a_body_that_takes_too_long_is_refused():
    with pytest.raises(HTTPException, match=r"within 0\.01 s, .* but only received 4 bytes\.") as caught:
        read(Sent([b"0123", 3600.0]), seconds=0.01)
    assert caught.value.status_code == 408
    assert caught.value.headers == {"Connection": "close"}


def test_a_disconnected_client_raises():
    with pytest.raises(ClientDisconnect):
        read(Sent([b"0123", None]))


def test_a_body_that_stops_arriving_is_refused():
    with pytest.raises(HTTPException, match=r"data at least every 0\.01 s, but only received 4 bytes\.") as caught:
        asyncio.run(read_body(Sent([b"0123", 3600.0]).request, 10, 3600.0, idle_seconds=0.01))
    assert caught.value.status_code == 408


def test_bodies_share_memory_and_release_it():
    memory = BodyMemory(10)

    async def read_in(share, piece):
        return await read_body(Sent([piece]).request, 10, 60.0, share)

    with memory.share() as first:
        assert asyncio.run(read_in(first, b"012345")) == b"012345"
        with pytest.raises(ServingError, match="no memory for more requests") as caught, memory.share() as no:
            asyncio.run(read_in(no, b"01234"))
        assert caught.value.code.name == "UNAVAILABLE"
        with memory.share() as second:
            assert asyncio.run(read_in(second, b"0123")) == b"0123"
    with memory.share() as all_of_it:
        assert asyncio.run(read_in(all_of_it, b"0123456789")) == b"0123456789"
