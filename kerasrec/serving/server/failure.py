"""What a request is answered with when it fails: a gRPC status code and TensorFlow Serving's own words."""

import re
from typing import Protocol

import grpc

from kerasrec.errors import KerasrecError

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_MOST_BYTES = 1024  # of a status text over gRPC, as in TensorFlow Serving
_FIRST_ROOT = re.compile(r"\d+ root error\(s\) found\.\s*\(0\) \w+: (.*?)\n\s*\(1\) .*", re.DOTALL)
_NOISE = re.compile(r"^Graph execution error:\s*|\n\s*\[\[.*?\]\]|\s*Detected at node .*", re.DOTALL)


class ServingError(KerasrecError):
    """A request that cannot be answered.

    Attributes:
        code: The gRPC status; REST answers with the HTTP status that belongs to it.
        text: What the client is told.
    """

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class CannotServe(KerasrecError, OSError):
    """A server cannot start: its port is taken, or there is nothing that it could serve."""


class GraphError(Protocol):
    """What is needed of TensorFlow's `OpError`."""

    error_code: int
    message: str


def invalid(text: str) -> ServingError:
    """The request itself is wrong, and would be wrong in any state of the server."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_found(text: str) -> ServingError:
    """No such model or version is served."""
    return ServingError(grpc.StatusCode.NOT_FOUND, text)


def not_ready(text: str) -> ServingError:
    """The request does not fit the model, or the state that the server is in."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, text)


def from_tensorflow(error: GraphError) -> ServingError:
    r"""The answer where the graph failed: its own code and words, without the names of its nodes.

    >>> class Error:
    ...     error_code = 3
    ...     message = "Graph execution error:\n\nno picture\n\t [[{{node map/while/Assert}}]]"
    >>> from_tensorflow(Error).text
    'no picture'
    """
    code = _CODES.get(error.error_code, grpc.StatusCode.UNKNOWN)
    message = _NOISE.sub("", error.message)
    return ServingError(code, _FIRST_ROOT.sub(r"\1", message).strip())


def shorten(text: str) -> str:
    """A text as a gRPC status may carry it.

    >>> len(shorten("x" * 2000)), shorten("x" * 2000)[-14:]
    (1036, 'xx...TRUNCATED')
    """
    whole = text.encode("utf-8", "replace")
    if len(whole) <= _MOST_BYTES:
        return text
    return whole[:_MOST_BYTES].decode("utf-8", "ignore") + "...TRUNCATED"
