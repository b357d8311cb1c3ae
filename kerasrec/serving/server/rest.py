"""TensorFlow Serving's REST interface, the metrics for Prometheus, and the page."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence

import grpc
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasrec.serving.server import metrics
from kerasrec.serving.server.body_memory import BodyMemory
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.json_answers import write_metadata, write_predictions, write_status
from kerasrec.serving.server.json_requests import read_predict_request
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.page import page_response
from kerasrec.serving.server.rest_body import read_body
from kerasrec.serving.server.rest_failures import failure_response, http_failure_response
from kerasrec.serving.server.rest_paths import Target, parse_path
from kerasrec.serving.wire import SERVING_DEFAULT

_THREADS = 64  # predictions in the core at the same time, where they are merged into batches
_STATUS_THREADS = 8  # for status and metadata, which answer also while all predictions wait
_MOST_REQUESTS = 256  # at the same time, each with a body in memory
_MOST_BODY_BYTES = 512 * 2**20  # of all requests together
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_log = logging.getLogger(__name__)


def rest_app(core: ServingCore, limits: Limits, model_names: Callable[[], Sequence[str]]) -> Starlette:
    """Makes the web application.

    Args:
        core: The core that answers the requests, with its metrics.
        limits: The limits of each request.
        model_names: Returns the names of the models that are currently served, for the page.
    """

    def page(request: Request) -> Response:
        return page_response()

    def about(request: Request) -> Response:
        return JSONResponse({"models": list(model_names()), "message_bytes": limits.message_bytes})

    def count(request: Request) -> Response:
        return Response(core.metrics.page(), media_type=metrics.CONTENT_TYPE)

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/about.json", about),
            Route(metrics.PATH, count),
            Route("/v1/{path:path}", _Models(core, limits).answer, methods=_METHODS),
        ],
        exception_handlers={HTTPException: http_failure_response},
    )
    app.router.redirect_slashes = False
    return app


class _Models:
    """Everything under /v1: status, metadata and predictions."""

    def __init__(self, core: ServingCore, limits: Limits) -> None:
        self._core = core
        self._limits = limits
        self._threads = CapacityLimiter(_THREADS)
        self._status_threads = CapacityLimiter(_STATUS_THREADS)
        self._requests = 0
        self._memory = BodyMemory(max(_MOST_BODY_BYTES, limits.message_bytes))

    async def answer(self, request: Request) -> Response:
        """Answers any request."""
        self._requests += 1
        try:
            target = parse_path(request.method, request.scope["raw_path"].decode("latin-1"))
            return await self._answer(target, request)
        except ServingError as error:
            return failure_response(error)
        except ClientDisconnect:
            return Response(status_code=499)  # the client does not read it
        except asyncio.CancelledError:  # the server is shutting down
            return failure_response(ServingError(grpc.StatusCode.UNAVAILABLE, "The server is shutting down"))
        finally:
            self._requests -= 1

    async def _answer(self, target: Target, request: Request) -> Response:
        match target.action:
            case "predict":
                return await self._predict(target.spec, request)
            case "status":
                wanted = GetModelStatusRequest(model_spec=target.spec)
                content = await _run(lambda: write_status(self._core.status(wanted)), self._status_threads)
            case "metadata":
                asked = GetModelMetadataRequest(model_spec=target.spec, metadata_field=["signature_def"])
                content = await _run(lambda: write_metadata(self._core.metadata(asked)), self._status_threads)
            case _:
                text = f"This server does not support :{target.action}. Use :predict."
                raise ServingError(grpc.StatusCode.UNIMPLEMENTED, text)
        return Response(content, media_type="application/json")

    async def _predict(self, spec: ModelSpec, request: Request) -> Response:
        if self._requests > _MOST_REQUESTS:
            text = f"The server is busy with {_MOST_REQUESTS} requests, the most that it accepts. Try again later."
            raise ServingError(grpc.StatusCode.UNAVAILABLE, text)
        with self._memory.share() as take:
            started = time.perf_counter()
            body = await read_body(request, self._limits.message_bytes, self._limits.deadline_seconds, take)
            return await self._predict_body(spec, request, body, started)

    async def _predict_body(self, spec: ModelSpec, request: Request, body: bytes, started: float) -> Response:
        status = grpc.StatusCode.OK
        gone = threading.Event()
        watch = asyncio.create_task(_watch_disconnect(request, gone))
        try:
            content = await _run(lambda: self._compute(spec, body, started, gone), self._threads)
        except ServingError as error:
            status = error.code
            raise
        finally:
            watch.cancel()
            seconds = time.perf_counter() - started
            self._core.metrics.observe(spec.name, "predict", "REST", status.name, seconds * 1e6)
        headers = {"Server-Timing": f"total;dur={seconds * 1e3:.1f}"}
        return Response(content, headers=headers, media_type="application/json")

    def _compute(self, spec: ModelSpec, body: bytes, started: float, gone: threading.Event) -> bytes:
        with self._core.enter():  # also waits for the response to be written before the server ends
            predict_request, format = read_predict_request(body, spec, self._find_signature)
            remaining = self._limits.deadline_seconds - (time.perf_counter() - started)
            if remaining <= 0:
                text = f"The request was not computed within {self._limits.deadline_seconds:g} s."
                raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, text)
            response = self._core.predict(predict_request, remaining, lambda: not gone.is_set())
            return write_predictions(response, format)

    def _find_signature(self, spec: ModelSpec) -> SignatureDef:
        try:
            return self._core.signature(spec)
        except ServingError as error:
            if not error.text.startswith("Serving signature key"):
                raise
            # Over REST, TensorFlow Serving has another message and another status than over gRPC.
            name = spec.signature_name or SERVING_DEFAULT
            raise invalid(f'Serving signature name: "{name}" not found in signature def') from error


async def _run(work: Callable[[], bytes], threads: CapacityLimiter) -> bytes:
    """Runs a blocking function in a thread."""
    try:
        return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=threads)
    except ServingError:
        raise
    except Exception as error:
        _log.exception("A request failed.")
        text = "The server failed unexpectedly. See its log."
        raise ServingError(grpc.StatusCode.INTERNAL, text) from error


async def _watch_disconnect(request: Request, gone: threading.Event) -> None:
    """Sets `gone` when the client closes the connection, because nobody then waits for the answer."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()
