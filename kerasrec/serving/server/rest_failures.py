"""REST responses for failures: an HTTP status and a message in JSON."""

import grpc
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kerasrec.serving.server.failure import ServingError

HTTP_STATUS = {
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.UNKNOWN: 500,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DATA_LOSS: 500,
    grpc.StatusCode.UNAUTHENTICATED: 401,
}
"""The HTTP status for each gRPC status, as in TensorFlow Serving."""


def failure_response(error: ServingError) -> Response:
    """Returns the response for an error."""
    return JSONResponse({"error": error.text}, HTTP_STATUS[error.code])


async def http_failure_response(request: Request, error: Exception) -> Response:
    """Returns the response for an HTTP error, such as an unknown path or a method that is not allowed."""
    if not isinstance(error, HTTPException):
        raise error
    text = error.detail
    if error.status_code == 404:
        text = f"Expected a path such as / or /v1/models/NAME, but received {request.url.path}."
    if error.status_code == 405:
        text = f"Method {request.method} is not allowed for {request.url.path}."
    return JSONResponse({"error": text}, error.status_code, headers=error.headers)
