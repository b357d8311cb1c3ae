"""Runs conversations over gRPC, blocking or with asyncio, and turns gRPC's failures into errors with a remedy."""

import asyncio
import time
from typing import Any, TypeVar

import grpc
import grpc.aio

from kerasrec.errors import ServerError, UsageError
from kerasrec.serving.client.connection import Connection, bind
from kerasrec.serving.client.conversation import Conversation
from kerasrec.serving.client.failures import explain, explain_closing
from kerasrec.serving.client.protocol import Call

T = TypeVar("T")


class _Channel:
    """What both channels share: everything except how they wait."""

    def __init__(self, connection: Connection, library: Any) -> None:
        self._connection = connection
        self._channel = connection.open(library)
        self._calls = bind(self._channel)
        self._closed = False

    def _request_timeout(self, remaining: float) -> float:
        """Returns the seconds for each request; raises UsageError if the channel is closed."""
        if self._closed:
            raise UsageError("The client is closed and cannot be used again. Create another one.")
        return max(min(self._connection.timeout, remaining), 0.0)

    def _is_retried(self, error: grpc.RpcError) -> bool:
        """Whether a server that is shutting down cancelled the request; gRPC itself does not retry these."""
        return bool(self._connection.retries) and not self._closed and error.code() is grpc.StatusCode.CANCELLED


class Channel(_Channel):
    """Runs conversations and blocks until they end; several threads may use it at the same time."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, grpc)

    def converse(self, conversation: Conversation[T], remaining: float = float("inf")) -> T:
        """Sends the requests of a conversation until it returns its result.

        Args:
            conversation: Yields requests and receives responses and errors.
            remaining: The time limit for each request in seconds, if it is shorter than the connection's.

        Raises:
            UsageError: The channel is closed.
            ServerError: A request failed, and the conversation did not handle it.
        """
        timeout = self._request_timeout(remaining)
        try:
            call, request = next(conversation)
            while True:
                try:
                    response = self._ask(call, request, timeout)
                except ServerError as error:
                    call, request = conversation.throw(error)
                else:
                    call, request = conversation.send(response)
        except StopIteration as end:
            return end.value

    def close(self) -> None:
        """Closes the connection and cancels running requests."""
        self._closed = True
        self._channel.close()

    def _ask(self, call: Call, request: Any, timeout: float) -> Any:
        send, end = self._calls[call.path], time.monotonic() + timeout
        try:
            try:
                return send(request, timeout=timeout)
            except grpc.RpcError as error:
                if not self._is_retried(error):
                    raise
                return send(request, timeout=max(end - time.monotonic(), 0.0))
        except grpc.RpcError as error:
            raise explain(error, self._connection, self._closed) from error
        except ValueError:  # raised by gRPC if the channel was closed just before
            if not self._closed:
                raise
            raise explain_closing(self._connection) from None


class AsyncChannel(_Channel):
    """Runs conversations in the event loop in which it was created."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, grpc.aio)

    async def converse(self, conversation: Conversation[T], remaining: float = float("inf")) -> T:
        """Sends the requests of a conversation until it returns its result; see `Channel.converse`."""
        timeout = self._request_timeout(remaining)
        try:
            call, request = next(conversation)
            while True:
                try:
                    response = await self._ask(call, request, timeout)
                except ServerError as error:
                    call, request = conversation.throw(error)
                else:
                    call, request = conversation.send(response)
        except StopIteration as end:
            return end.value

    async def close(self) -> None:
        """Closes the connection and cancels running requests."""
        self._closed = True
        await self._channel.close()

    async def _ask(self, call: Call, request: Any, timeout: float) -> Any:
        send, end = self._calls[call.path], time.monotonic() + timeout
        try:
            try:
                return await send(request, timeout=timeout)
            except grpc.RpcError as error:
                if not self._is_retried(error):
                    raise
                return await send(request, timeout=max(end - time.monotonic(), 0.0))
        except grpc.RpcError as error:
            raise explain(error, self._connection, self._closed) from error
        except (asyncio.CancelledError, grpc.aio.UsageError):  # gRPC cancels the tasks of running calls
            task = asyncio.current_task()
            if not self._closed or (task is not None and task.cancelling()):
                raise
            raise explain_closing(self._connection) from None
