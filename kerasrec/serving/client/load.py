"""How a server bears a load: many clients at a time, each of which waits for its answer and sends the next request."""

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

_READY = 5.0  # seconds that all connections have to open
_PAUSE = 0.05  # seconds after a failure, else a server that is not there costs all requests in no time


@dataclass
class LoadReport:
    """What was measured.

    Attributes:
        images_per_request: The images in each request.
        seconds: From the first request to the last answer.
        sent: When each request that was answered was sent, in seconds from the first.
        taken: How long each answer took, in seconds.
        failed: When each request that failed was sent, in seconds from the first.
        errors: How many requests failed with each kind of error.
        is_complete: Whether all requests were made, and none was interrupted.
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
        """Answered requests a second."""
        return len(self.taken) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` percent of the answered requests stay below; NaN if there is none."""
        return float(np.percentile(self.taken, share)) if self.taken else float("nan")


async def measure_load(
    make_client: Callable[[], AsyncClient],
    images: Sequence[Image],
    clients: int,
    requests: int,
    images_per_request: int = 1,
) -> LoadReport:
    """Sends requests from several clients at a time, each over a connection of its own.

    Ctrl-C, which asyncio turns into the end of the running task, ends the measuring; what was measured is returned.

    Args:
        make_client: Makes a client; without retries, or else failures stay hidden.
        images: What to read, over and over.
        clients: How many requests run at a time.
        requests: How many are made in all.
        images_per_request: Images in each.

    Raises:
        ServerTimeout: The server is not ready.
        WrongServer: What answers is no server of models.
        BadTLS: Client and server do not trust each other.
    """
    report = LoadReport(images_per_request)
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(make_client()) for _ in range(clients)]
        await asyncio.gather(*(client.wait_until_ready(_READY) for client in made))
        supply, numbers = cycle(images), iter(range(requests))
        start = time.perf_counter()
        try:
            await asyncio.gather(*(_work(client, supply, numbers, report, start) for client in made))
            report.is_complete = True
        except asyncio.CancelledError:
            pass
        report.seconds = time.perf_counter() - start
    return report


async def _work(
    client: AsyncClient, supply: Iterator[Image], numbers: Iterator[int], report: LoadReport, start: float
) -> None:
    """Makes requests until none is left to make."""
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
