"""Load tests of a server: many clients at once, each of which sends its next request after the last answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice

import numpy as np

from kerasrec.errors import BadImage, ServerError
from kerasrec.serving.client.asynchronous import AsyncClient
from kerasrec.serving.client.encoded_images import Image

_READY = 5.0  # seconds for all connections to open
_PAUSE = 0.05  # seconds after a failure; otherwise a missing server uses up all requests at once


@dataclass
class LoadReport:
    """The result of a load test.

    Attributes:
        images_per_request: The number of images in each request.
        seconds: The time from the first request to the last answer.
        sent: When each answered request was sent, in seconds after the first.
        taken: The latency of each answered request in seconds.
        failed: When each failed request was sent, in seconds after the first.
        errors: The number of failed requests for each kind of error.
        is_complete: Whether all requests were made without interruption.
    """

    images_per_request: int
    seconds: float = 0.0
    sent: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    is_complete: bool = False

    @property
    def throughput(self) -> float:
        """Answered requests per second."""
        return len(self.taken) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Returns the latency in seconds of the given percentile; NaN if no request was answered."""
        return float(np.percentile(self.taken, share)) if self.taken else float("nan")


async def measure_load(
    make_client: Callable[[], AsyncClient],
    images: Sequence[Image],
    clients: int,
    requests: int,
    images_per_request: int = 1,
) -> LoadReport:
    """Sends requests from several clients at once, each with its own connection.

    Ctrl-C, for which asyncio cancels the running task, stops the test; the report so far is returned.

    Args:
        make_client: Creates a client, which should make no retries: they would hide failures.
        images: The images to read, repeated as needed.
        clients: The number of requests at the same time.
        requests: The total number of requests.
        images_per_request: The number of images in each request.

    Raises:
        ServerTimeout: The server is not ready.
        WrongServer: The endpoint is not a model server.
        BadTLS: Client and server do not trust each other.
    """
    report = LoadReport(images_per_request)
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(make_client()) for _ in range(clients)]
        await asyncio.gather(*(client.wait_until_ready(_READY) for client in opened))
        supply, numbers = cycle(images), iter(range(requests))
        start = time.perf_counter()
        try:
            await asyncio.gather(*(_work(client, supply, numbers, report, start) for client in opened))
            report.is_complete = True
        except asyncio.CancelledError:
            pass
        report.seconds = time.perf_counter() - start
    return report


async def _work(
    client: AsyncClient, supply: Iterator[Image], numbers: Iterator[int], report: LoadReport, start: float
) -> None:
    """Makes requests until the total is reached."""
    for _ in numbers:
        images = list(islice(supply, report.images_per_request))
        sent = time.perf_counter()
        try:
            await client.read_many(images, len(images))
        except (ServerError, BadImage) as error:
            report.errors[type(error).__name__] += 1
            report.failed.append(sent - start)
            await asyncio.sleep(_PAUSE)
        else:
            report.sent.append(sent - start)
            report.taken.append(time.perf_counter() - sent)
