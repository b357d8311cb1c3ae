"""Failures of requests: a gRPC status code and TensorFlow Serving's own message."""

from typing import Protocol

import grpc

from kerasrec.errors import KerasrecError, plain_reason

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_MOST_BYTES = 1024  # of a status message over gRPC, as in TensorFlow Serving


class ServingError(KerasrecError):
    """A request that cannot be answered.

    Attributes:
        code: The gRPC status, which REST translates to an HTTP status.
        text: The message for the client.
    """

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class CannotServe(KerasrecError, OSError):
    """A server cannot start: its port is taken, or there is nothing to serve."""


class GraphError(Protocol):
    """The part of TensorFlow's `OpError` that is used."""

    error_code: int
    message: str


def invalid(text: str) -> ServingError:
    """Returns the error for a request that is invalid in any state of the server."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_found(text: str) -> ServingError:
    """Returns the error for a model or version that is not served."""
    return ServingError(grpc.StatusCode.NOT_FOUND, text)


def denied(text: str) -> ServingError:
    """Returns the error for a request that this server does not allow."""
    return ServingError(grpc.StatusCode.PERMISSION_DENIED, text)


def not_ready(text: str) -> ServingError:
    """Returns the error for a request that does not fit the model or the state of the server."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, text)


def from_tensorflow(error: GraphError) -> ServingError:
    r"""Returns the error for a failed graph, with its code and its message without the names of nodes.

    >>> class Error:
    ...     error_code = 3
    ...     message = "Graph execution error:\n\nno image\n\t [[{{node map/while/Assert}}]]"
    >>> from_tensorflow(Error).text
    'no image'
    """
    code = _CODES.get(error.error_code, grpc.StatusCode.UNKNOWN)
    return ServingError(code, plain_reason(error.message))


def shorten(text: str) -> str:
    """Shortens a message to the length that a gRPC status may have.

    >>> len(shorten("x" * 2000)), shorten("x" * 2000)[-14:]
    (1036, 'xx...TRUNCATED')
    """
    whole = text.encode("utf-8", "replace")
    if len(whole) <= _MOST_BYTES:
        return text
    return whole[:_MOST_BYTES].decode("utf-8", "ignore") + "...TRUNCATED"
