"""Receives requests over gRPC in a bounded number of threads and in bounded memory."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from kerasrec.serving.server.body_memory import BodyMemory
from kerasrec.serving.server.failure import ServingError, invalid, shorten
from kerasrec.serving.server.limits import Limits

_MOST_ARRIVING_BYTES = 2**30  # of messages whose size is not known yet: gRPC tells it when they have arrived
_MOST_BYTES = 512 * 2**20  # of messages that have arrived, until they are answered


class Intake:
    """Receives the messages of calls. Its methods may be called from several threads."""

    def __init__(self, calls: int, limits: Limits) -> None:
        """Allows a number of calls at the same time.

        Args:
            calls: The most calls; each takes a thread, and the other threads remain for other kinds of calls.
            limits: The size and the time that a request may take.
        """
        self._calls = calls
        self._seconds = limits.deadline_seconds
        self._free = threading.BoundedSemaphore(calls)
        self._arriving = threading.BoundedSemaphore(max(_MOST_ARRIVING_BYTES // limits.message_bytes, 1))
        self._memory = BodyMemory(max(_MOST_BYTES, limits.message_bytes))

    @contextmanager
    def receive(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Yields the message of a call, which counts as being in memory until the end of the block.

        Raises:
            ServingError: There are too many calls, no memory is left, or the message is missing.
        """
        if not self._free.acquire(blocking=False):
            raise _busy(f"The server is busy with {self._calls} requests, the most that it accepts.")
        try:
            with self._memory.share() as take:
                message = self._next(messages, context)
                take(len(message))
                yield message
        finally:
            self._free.release()

    def _next(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        remaining = context.time_remaining()
        seconds = min(math.inf if remaining is None else remaining, self._seconds)
        if not self._arriving.acquire(timeout=max(seconds, 0)):
            raise _busy("The server receives too many requests.")
        # gRPC itself ends a call at its own time limit; a client without one could send half a message and stay.
        end = threading.Timer(seconds, context.cancel) if seconds == self._seconds else None
        try:
            if end is not None:
                end.start()
            message = next(messages, None)
        finally:
            self._arriving.release()
            if end is not None:
                end.cancel()
        if message is None:
            raise invalid("Expected a request, but received none.")
        return message


def _busy(text: str) -> ServingError:
    return ServingError(grpc.StatusCode.UNAVAILABLE, text)


class IntakeInterceptor(grpc.ServerInterceptor):
    """Lets calls with one request and one response through an intake: predictions through one, others through another.

    gRPC's own way to receive a request takes a thread and memory before any code of the server runs.
    """

    def __init__(self, predictions: Intake, others: Intake) -> None:
        self._predictions = predictions
        self._others = others

    def intercept_service(
        self, continuation: Callable[[Any], Any], details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler | None:
        """Returns a handler that receives the request itself; it is called without a thread of its own."""
        handler = continuation(details)
        if handler is None or handler.request_streaming or handler.response_streaming:
            return handler
        intake = self._predictions if details.method.endswith("/Predict") else self._others

        def answer(messages: Iterator[bytes], context: grpc.ServicerContext) -> Any:
            try:
                with intake.receive(messages, context) as message:
                    return handler.unary_unary(_parse(handler, message), context)
            except ServingError as error:
                _abort(context, error)

        return grpc.stream_unary_rpc_method_handler(answer, None, handler.response_serializer)


def _parse(handler: Any, message: bytes) -> Any:
    try:
        return handler.request_deserializer(message)
    except Exception as error:  # of protobuf's own kind
        raise ServingError(grpc.StatusCode.INTERNAL, "Exception deserializing request!") from error


def _abort(context: Any, error: ServingError) -> NoReturn:
    context.abort(error.code, shorten(error.text))
    raise error  # abort does not return
