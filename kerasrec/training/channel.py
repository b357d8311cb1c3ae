"""A connection between two workers of a training, over which they send plain values as lines of JSON."""

import json
import socket
import threading
from typing import Any

SILENCE = 30.0
"""Seconds without a message after which the other side counts as lost; it sends one every few seconds."""

_LONGEST_GREETING = 2**20  # bytes that are read from a stranger


class Channel:
    """A connection to another worker, with one thread that reads and any number that send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._lines = connection, connection.makefile("rb")
        self._sending = threading.Lock()
        self.set_timeout(SILENCE)

    def set_timeout(self, seconds: float) -> None:
        """Sets how long `read` and `send` wait for the other side."""
        self._connection.settimeout(seconds)

    def send(self, value: Any) -> None:
        """Sends a value that JSON can hold; raises OSError if the connection is lost."""
        line = json.dumps(value).encode() + b"\n"
        with self._sending:
            self._connection.sendall(line)

    def read(self, is_greeting: bool = False) -> Any:
        """Returns the next value; raises OSError if the connection is lost, and ValueError for what is not JSON."""
        line = self._lines.readline(_LONGEST_GREETING) if is_greeting else self._lines.readline()
        if not line:
            raise ConnectionResetError
        try:
            return json.loads(line)
        except RecursionError as error:
            raise ValueError("too many brackets") from error

    def close(self) -> None:
        """Closes the connection."""
        self._lines.close()
        self._connection.close()
