"""The client for asyncio; it shares everything with the blocking client except how it waits."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from kerasrec.decoding import Reading
from kerasrec.errors import ServerTimeout
from kerasrec.serving.client.batches import check_sizes, divide_async
from kerasrec.serving.client.channels import AsyncChannel
from kerasrec.serving.client.connection import MOST_RETRIES, PAUSE, TLS, Connection
from kerasrec.serving.client.conversation import Outcome, VersionStatus, fetch_status, find_obstacle, read_pictures
from kerasrec.serving.client.encoded_images import Image, are_loaded, load_pictures
from kerasrec.spec import check_ink


class AsyncClient:
    """`Client` for asyncio, with the same arguments, results and errors; its methods are awaited.

    It can only be used in the event loop in which it was created.

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

    async def read(self, image: Image, *, ink: str = "auto") -> Reading:
        """Reads one image.

        Raises:
            BadImage: The image cannot be read as a line.
            ServerError: The server could not be reached or could not answer; see `kerasrec.errors` for the kinds.
        """
        check_ink(ink)
        (outcome,) = await self._read([("the image", image)], ink)
        if not isinstance(outcome, Reading):
            raise outcome
        return outcome

    async def read_many(
        self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int = 32, *, ink: str = "auto"
    ) -> list[Reading]:
        """Reads several images, all or none.

        Raises:
            BadImage: An image cannot be read as a line; the message names it.
            ServerError: The server could not be reached or could not answer.
        """
        readings = []
        async for outcome in self.read_stream(images, batch_size, ink=ink):
            if not isinstance(outcome, Reading):
                raise outcome
            readings.append(outcome)
        return readings

    def read_stream(
        self,
        images: Iterable[Image] | AsyncIterable[Image],
        batch_size: int = 32,
        concurrency: int = 4,
        *,
        ink: str = "auto",
    ) -> AsyncIterator[Outcome]:
        """Reads images as they arrive, also from an asynchronous iterator; see `Client.read_stream`.

        Raises:
            ServerError: The server could not be reached or could not answer.
        """
        check_sizes(batch_size, concurrency)
        check_ink(ink)
        return self._stream(images, batch_size, concurrency, ink)

    async def status(self) -> tuple[VersionStatus, ...]:
        """Returns the states of the model's versions.

        Raises:
            UnknownModel: The server does not serve the model or the version.
            ServerError: The server could not be reached or could not answer.
        """
        return await self._channel.converse(fetch_status(self._connection))

    async def is_ready(self) -> bool:
        """Whether the server is up and a version of the model is available.

        Raises:
            WrongServer: The endpoint is not a model server.
            BadTLS: Client and server do not trust each other.
        """
        return not await self.obstacle()

    async def obstacle(self) -> str:
        """Returns why the server is not ready, as a sentence, or "" if it is ready. Raises what `is_ready` raises."""
        return await self._channel.converse(find_obstacle(self._connection))

    async def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server is up and a version of the model is available.

        Raises:
            ServerTimeout: The server is not ready in time; the message says what is missing.
            WrongServer: The endpoint is not a model server.
            BadTLS: Client and server do not trust each other.
        """
        end = time.monotonic() + timeout
        while obstacle := await self._channel.converse(find_obstacle(self._connection), end - time.monotonic()):
            if time.monotonic() + PAUSE > end:
                raise ServerTimeout(f"{self._connection.target} was not ready within {timeout:g} s. {obstacle}")
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Closes the connection; running requests fail with a ServerError."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _stream(
        self, images: Iterable[Image] | AsyncIterable[Image], batch_size: int, concurrency: int, ink: str
    ) -> AsyncIterator[Outcome]:
        running: deque[asyncio.Task[list[Outcome]]] = deque()
        try:
            async for batch in divide_async(images, batch_size):
                running.append(asyncio.create_task(self._read(batch, ink)))
                if len(running) == concurrency:
                    for outcome in await running.popleft():
                        yield outcome
            while running:
                for outcome in await running.popleft():
                    yield outcome
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)  # otherwise each failure is logged as unretrieved

    async def _read(self, images: list[tuple[str, Image]], ink: str) -> list[Outcome]:
        loaded = load_pictures(images) if are_loaded(images) else await asyncio.to_thread(load_pictures, images)
        return await self._channel.converse(read_pictures(self._connection, loaded, ink))
