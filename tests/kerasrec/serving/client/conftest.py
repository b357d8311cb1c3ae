"""Servers without a model: what the client makes of their answers."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.serving.client.testing import FakeServer


def read_text(content: bytes) -> Reading:
    """Reads a text file as if it were a picture of it, 10 px a character; what begins with "bad" is refused."""
    text = content.decode()
    if text.startswith("bad"):
        raise BadImage("assertion failed: [Expected a picture, but received] [3] [bytes.]\n\t [[{{node Assert}}]]")
    characters = (Character(each, 0.5, 10.0 * i, 10.0 * i + 9) for i, each in enumerate(text))
    return Reading(text, 0.25, tuple(characters))


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    """Starts fake servers that read text files: `serve(model="other")`."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(FakeServer(*(arguments or (read_text,)), **options))


@pytest.fixture
def server(serve: Callable[..., FakeServer]) -> FakeServer:
    """A fake server that reads text files."""
    return serve()


@pytest.fixture
def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
