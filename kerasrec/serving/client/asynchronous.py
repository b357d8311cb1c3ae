"""The client for asyncio, which shares all with the blocking one but the waiting."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, ServerTimeout
from kerasrec.serving.client.batches import check_sizes, divide_async
from kerasrec.serving.client.channels import AsyncChannel
from kerasrec.serving.client.connection import MOST_RETRIES, PAUSE, TLS, Connection
from kerasrec.serving.client.conversation import VersionStatus, fetch_status, find_obstacle, read_pictures
from kerasrec.serving.client.encoded_images import Image, are_loaded, load_pictures


class AsyncClient:
    """`Client` for asyncio: takes the same, gives the same and raises the same; its methods are awaited.

    It belongs to the event loop in which it is made.

        async with AsyncClient("localhost:8500") as client:
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
    ) -> None:
        self._connection = Connection(target, model, timeout, version, label, tls, retries)
        self._channel = AsyncChannel(self._connection)

    async def read(self, image: Image) -> Reading:
        """Reads one image.

        Raises:
            BadImage: It cannot be read as an image of a line.
            ServerError: The server could not be asked, or could not answer; see `kerasrec.errors` for the kinds.
        """
        (outcome,) = await self._read([("the image", image)])
        if isinstance(outcome, BadImage):
            raise outcome
        return outcome

    async def read_many(self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int = 32) -> list[Reading]:
        """Reads images, all or none.

        Raises:
            BadImage: One cannot be read as an image of a line; it is named.
            ServerError: The server could not be asked, or could not answer.
        """
        readings = []
        async for outcome in self.read_stream(images, batch_size):
            if isinstance(outcome, BadImage):
                raise outcome
            readings.append(outcome)
        return readings

    def read_stream(
        self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int = 32, concurrency: int = 4
    ) -> AsyncIterator[Reading | BadImage]:
        """Reads images as they come, also from an asynchronous iterator; a bad one stops none of the others.

        Raises:
            ServerError: The server could not be asked, or could not answer.
        """
        check_sizes(batch_size, concurrency)
        return self._stream(images, batch_size, concurrency)

    async def status(self) -> tuple[VersionStatus, ...]:
        """Asks for the states of the model's versions.

        Raises:
            UnknownModel: The server does not serve the model or the version.
            ServerError: The server could not be asked, or could not answer.
        """
        return await self._channel.converse(fetch_status(self._connection))

    async def is_ready(self) -> bool:
        """Whether the server is up and a version of the model is available.

        Raises:
            WrongServer: What answers is no server of models.
            BadTLS: Client and server do not trust each other.
        """
        return not await self.obstacle()

    async def obstacle(self) -> str:
        """What keeps the server from reading, as a sentence; "" if nothing does. Raises as `is_ready`."""
        return await self._channel.converse(find_obstacle(self._connection))

    async def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server is up and a version of the model is available.

        Raises:
            ServerTimeout: It is not ready by then; the message says what is missing.
            WrongServer: What answers is no server of models.
            BadTLS: Client and server do not trust each other.
        """
        end = time.monotonic() + timeout
        while obstacle := await self._channel.converse(find_obstacle(self._connection), end - time.monotonic()):
            if time.monotonic() + PAUSE > end:
                raise ServerTimeout(f"{self._connection.target} was not ready within {timeout:g} s. {obstacle}")
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Closes the connection; requests that still run end with a ServerError."""
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
        return await self._channel.converse(read_pictures(self._connection, loaded))
