"""The client for asyncio, which shares all with the blocking one but the waiting."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self, TypeVar

import grpc
import grpc.aio

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, ServerTimeout, UsageError
from kerasrec.serving.client.batches import check_sizes, divide_async
from kerasrec.serving.client.connection import MOST_RETRIES, PAUSE, TLS, Connection, bind
from kerasrec.serving.client.conversation import (
    Conversation,
    VersionStatus,
    fetch_status,
    find_obstacle,
    read_pictures,
)
from kerasrec.serving.client.failures import explain
from kerasrec.serving.client.pictures import Image, are_loaded, load_pictures

_T = TypeVar("_T")


class AsyncRecognizerClient:
    """`RecognizerClient` for asyncio: takes the same, gives the same and raises the same; its methods are awaited.

    It belongs to the event loop in which it is made.

        async with AsyncRecognizerClient("localhost:8500") as client:
            print((await client.read("line.png")).text)
    """

    def __init__(
        self,
        target: str,
        model: str = "lines",
        timeout: float = 5.0,
        *,
        version: int | None = None,
        label: str | None = None,
        tls: TLS | None = None,
        retries: int = MOST_RETRIES,
        max_message: int | None = None,
    ) -> None:
        self._connection = Connection(target, model, timeout, version, label, tls, retries, max_message)
        self._channel = self._connection.open(grpc.aio)
        self._calls = bind(self._channel)
        self._closed = False

    async def read(self, image: Image) -> Reading:
        """Reads one image."""
        (outcome,) = await self._read([("the image", image)])
        if isinstance(outcome, BadImage):
            raise outcome
        return outcome

    async def read_many(self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int = 32) -> list[Reading]:
        """Reads images, all or none."""
        readings = []
        async for outcome in self.read_stream(images, batch_size):
            if isinstance(outcome, BadImage):
                raise outcome
            readings.append(outcome)
        return readings

    def read_stream(
        self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int = 32, concurrency: int = 4
    ) -> AsyncIterator[Reading | BadImage]:
        """Reads images as they come, also from an asynchronous iterator; a bad one stops none of the others."""
        check_sizes(batch_size, concurrency)
        return self._stream(images, batch_size, concurrency)

    async def status(self) -> tuple[VersionStatus, ...]:
        """Asks for the states of the model's versions."""
        return await self._converse(fetch_status(self._connection))

    async def is_ready(self) -> bool:
        """Whether the server is up and a version of the model is available."""
        return not await self.obstacle()

    async def obstacle(self) -> str:
        """What keeps the server from reading, as a sentence; "" if nothing does."""
        return await self._converse(find_obstacle(self._connection))

    async def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server is up and a version of the model is available."""
        end = time.monotonic() + timeout
        while obstacle := await self._converse(find_obstacle(self._connection), end - time.monotonic()):
            if time.monotonic() + PAUSE > end:
                raise ServerTimeout(f"{self._connection.target} was not ready within {timeout:g} s. {obstacle}")
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Closes the connection; requests that still run are cancelled."""
        self._closed = True
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _stream(
        self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int, concurrency: int
    ) -> AsyncIterator[Reading | BadImage]:
        running: deque[asyncio.Task[list[Reading | BadImage]]] = deque()
        try:
            async for batch in divide_async(images, batch_size):
                running.append(asyncio.create_task(self._read(batch)))
                if len(running) == concurrency:
                    for outcome in await running.popleft():
                        yield outcome
            while running:
                for outcome in await running.popleft():
                    yield outcome
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)  # else each failure is logged as never looked at

    async def _read(self, images: list[tuple[str, Image]]) -> list[Reading | BadImage]:
        loaded = load_pictures(images) if are_loaded(images) else await asyncio.to_thread(load_pictures, images)
        return await self._converse(read_pictures(self._connection, loaded))

    async def _converse(self, conversation: Conversation[_T], remaining: float = float("inf")) -> _T:
        timeout = max(min(self._connection.timeout, remaining), 0.0)
        if self._closed:
            raise UsageError("The client is closed, and cannot be used again. Make another one.")
        try:
            call, request = next(conversation)
            while True:
                try:
                    response = await self._calls[call.path](request, timeout=timeout)
                except grpc.RpcError as error:
                    call, request = conversation.throw(explain(error, self._connection))
                else:
                    call, request = conversation.send(response)
        except StopIteration as end:
            return end.value
