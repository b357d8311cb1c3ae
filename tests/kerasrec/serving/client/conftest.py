"""Fake servers for tests of the client."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.serving.client.testing import FakeServer


def read_text(content: bytes) -> Reading:
    """Reads a text file as if it were an image of it, 10 px per character; refuses a text that starts with "bad"."""
    text = content.decode()
    if text.startswith("bad"):
        raise BadImage("assertion failed: [Expected an image, but received] [3] [bytes.]\n\t [[{{node Assert}}]]")
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
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
