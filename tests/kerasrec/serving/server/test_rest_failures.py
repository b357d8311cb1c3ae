import asyncio
import json

import grpc
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.rest_failures import HTTP_STATUS, failure_response, http_failure_response

REQUEST = Request({"type": "http", "method": "PUT", "path": "/a", "query_string": b"", "headers": []})


def test_every_code_has_its_http_status():
    assert set(HTTP_STATUS) == set(grpc.StatusCode)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_ARGUMENT", 400),
        ("FAILED_PRECONDITION", 400),
        ("OUT_OF_RANGE", 400),
        ("UNAUTHENTICATED", 401),
        ("PERMISSION_DENIED", 403),
        ("NOT_FOUND", 404),
        ("ABORTED", 409),
        ("RESOURCE_EXHAUSTED", 429),
        ("CANCELLED", 499),
        ("INTERNAL", 500),
        ("UNIMPLEMENTED", 501),
        ("UNAVAILABLE", 503),
        ("DEADLINE_EXCEEDED", 504),
    ],
)
def test_a_failure_is_an_error_in_json(code, status):
    response = failure_response(ServingError(grpc.StatusCode[code], 'it "failed"\n'))
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.body) == {"error": 'it "failed"\n'}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (HTTPException(404), "Expected a path such as / or /v1/models/NAME, but received /a."),
        (HTTPException(405, headers={"Allow": "GET"}), "Method PUT is not allowed for /a."),
        (HTTPException(413, "too large"), "too large"),
    ],
)
def test_an_http_error_is_an_error_in_json(error, text):
    response = asyncio.run(http_failure_response(REQUEST, error))
    assert response.status_code == error.status_code
    assert json.loads(response.body) == {"error": text}
    assert response.headers.get("allow") == (error.headers or {}).get("Allow")


def test_another_error_is_not_hidden():
    with pytest.raises(KeyError, match="mine"):
        asyncio.run(http_failure_response(REQUEST, KeyError("mine")))
