"""What a request is answered with when it fails: a gRPC status code and TensorFlow Serving's own words."""

import grpc

from kerasrec.errors import KerasrecError


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


def invalid(text: str) -> ServingError:
    """The request itself is wrong, and would be wrong for any state of the server."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_found(text: str) -> ServingError:
    """No such model or version is served."""
    return ServingError(grpc.StatusCode.NOT_FOUND, text)


def not_ready(text: str) -> ServingError:
    """The request does not fit the model or the state that the server is in."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, text)
