"""Conversations held over gRPC, blocking or awaited: what fails is an error that says what to do."""

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
    """What both channels share: all but the waiting."""

    def __init__(self, connection: Connection, library: Any) -> None:
        self._connection = connection
        self._channel = connection.open(library)
        self._calls = bind(self._channel)
        self._closed = False

    def _start(self, remaining: float) -> float:
        """The seconds for each request; raises UsageError if there can be none any more."""
        if self._closed:
            raise UsageError("The client is closed, and cannot be used again. Make another one.")
        return max(min(self._connection.timeout, remaining), 0.0)

    def _is_sent_again(self, error: grpc.RpcError) -> bool:
        """Whether a server that is going down cancelled the request, which gRPC's own retries leave alone."""
        return bool(self._connection.retries) and not self._closed and error.code() is grpc.StatusCode.CANCELLED


class Channel(_Channel):
    """Holds conversations and blocks meanwhile; several threads may use it at a time."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, grpc)

    def converse(self, conversation: Conversation[T], remaining: float = float("inf")) -> T:
        """Asks what a conversation asks until it has its result.

        Args:
            conversation: Yields requests, and takes responses and errors.
            remaining: Most seconds for each request, if they are fewer than the connection's.

        Raises:
            UsageError: The channel is closed.
            ServerError: A request failed, and the conversation could do nothing about it.
        """
        timeout = self._start(remaining)
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
        """Closes the connection; requests that still run are cancelled."""
        self._closed = True
        self._channel.close()

    def _ask(self, call: Call, request: Any, timeout: float) -> Any:
        send, end = self._calls[call.path], time.monotonic() + timeout
        try:
            try:
                return send(request, timeout=timeout)
            except grpc.RpcError as error:
                if not self._is_sent_again(error):
                    raise
                return send(request, timeout=max(end - time.monotonic(), 0.0))
        except grpc.RpcError as error:
            raise explain(error, self._connection, self._closed) from error
        except ValueError:  # what gRPC raises where a channel was closed just before
            if not self._closed:
                raise
            raise explain_closing(self._connection) from None


class AsyncChannel(_Channel):
    """Holds conversations on the event loop in which it was made."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, grpc.aio)

    async def converse(self, conversation: Conversation[T], remaining: float = float("inf")) -> T:
        """Asks what a conversation asks until it has its result; takes and raises what `Channel.converse` does."""
        timeout = self._start(remaining)
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
        """Closes the connection; requests that still run are cancelled."""
        self._closed = True
        await self._channel.close()

    async def _ask(self, call: Call, request: Any, timeout: float) -> Any:
        send, end = self._calls[call.path], time.monotonic() + timeout
        try:
            try:
                return await send(request, timeout=timeout)
            except grpc.RpcError as error:
                if not self._is_sent_again(error):
                    raise
                return await send(request, timeout=max(end - time.monotonic(), 0.0))
        except grpc.RpcError as error:
            raise explain(error, self._connection, self._closed) from error
        except (asyncio.CancelledError, grpc.aio.UsageError):  # gRPC ends what runs as if its task had been cancelled
            task = asyncio.current_task()
            if not self._closed or (task is not None and task.cancelling()):
                raise
            raise explain_closing(self._connection) from None
