"""The client: images to a server, readings back."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, ServerTimeout
from kerasrec.serving.client.batches import check_sizes, divide, number
from kerasrec.serving.client.channels import Channel
from kerasrec.serving.client.connection import MOST_RETRIES, PAUSE, TLS, Connection
from kerasrec.serving.client.conversation import VersionStatus, fetch_status, find_obstacle, read_pictures
from kerasrec.serving.client.encoded_images import Image, load_pictures


class Client:
    """Reads images on a server: TensorFlow Serving, or `kerasrec serve`. Needs neither TensorFlow nor Keras.

    The connection is made when it is first used, and made again after it was lost. One client may be used by several
    threads at a time. All requests end within `timeout`; when the server is unavailable they are sent again after
    0.1, 0.2, 0.4 and 0.8 s, more or less, and once more when a server that is going down cancels them.

        with Client("localhost:8500") as client:
            print(client.read("line.png").text)

    Args:
        target: "HOST:PORT" of the server's gRPC, or an address of gRPC such as "unix:/run/lines.sock".
        model: The name of the model.
        timeout: Seconds for each request, its retries included.
        version: The version of the model; the server chooses if neither this nor a label is given.
        label: The label of a version instead, "stable" for instance.
        tls: The files of TLS; None connects without.
        retries: How often a request is sent again when the server is unavailable, 0 to 4.

    Raises:
        UsageError: A value cannot work, or a file of TLS cannot be used.
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
        self._channel = Channel(self._connection)

    def read(self, image: Image) -> Reading:
        """Reads one image: a file's path, its content, or a `Picture`. Positions are pixels of the image.

        Raises:
            BadImage: It cannot be read as an image of a line.
            ServerError: The server could not be asked, or could not answer; see `kerasrec.errors` for the kinds.
        """
        (outcome,) = self._read([("the image", image)])
        if isinstance(outcome, BadImage):
            raise outcome
        return outcome

    def read_many(self, images: Iterable[Image], batch_size: int = 32) -> list[Reading]:
        """Reads images, all or none; `read_stream` goes on after a bad one.

        Args:
            images: Files, their contents, or pictures.
            batch_size: Most images in a request.

        Raises:
            BadImage: One cannot be read as an image of a line; it is named.
            ServerError: The server could not be asked, or could not answer.
        """
        readings = []
        for outcome in self.read_stream(images, batch_size):
            if isinstance(outcome, BadImage):
                raise outcome
            readings.append(outcome)
        return readings

    def read_stream(
        self, images: Iterable[Image], batch_size: int = 32, concurrency: int = 4
    ) -> Iterator[Reading | BadImage]:
        """Reads images as they come, however many there are; one that cannot be read stops none of the others.

        No more than `batch_size` times `concurrency` images are held at a time. A reading is given when so many images
        were taken, or there are no more: take 1 and 1 for images that come slowly.

        Args:
            images: Files, their contents, or pictures; taken as needed.
            batch_size: Most images in a request.
            concurrency: Most requests at a time.

        Yields:
            For each image, in their order, its reading or what is wrong with it.

        Raises:
            ServerError: The server could not be asked, or could not answer.
        """
        check_sizes(batch_size, concurrency)
        return self._stream(divide(number(images), batch_size), concurrency)

    def status(self) -> tuple[VersionStatus, ...]:
        """Asks for the states of the model's versions; of one, if the client was made for one.

        Raises:
            UnknownModel: The server does not serve the model or the version.
            ServerError: The server could not be asked, or could not answer.
        """
        return self._channel.converse(fetch_status(self._connection))

    def is_ready(self) -> bool:
        """Whether the server is up and a version of the model is available.

        Raises:
            WrongServer: What answers is no server of models.
            BadTLS: Client and server do not trust each other.
        """
        return not self.obstacle()

    def obstacle(self) -> str:
        """What keeps the server from reading, as a sentence; "" if nothing does. Raises as `is_ready`."""
        return self._channel.converse(find_obstacle(self._connection))

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server is up and a version of the model is available.

        Args:
            timeout: Most seconds to wait.

        Raises:
            ServerTimeout: It is not ready by then; the message says what is missing.
            WrongServer: What answers is no server of models.
            BadTLS: Client and server do not trust each other.
        """
        end = time.monotonic() + timeout
        while obstacle := self._channel.converse(find_obstacle(self._connection), end - time.monotonic()):
            if time.monotonic() + PAUSE > end:
                raise ServerTimeout(f"{self._connection.target} was not ready within {timeout:g} s. {obstacle}")
            time.sleep(PAUSE)

    def close(self) -> None:
        """Closes the connection; requests that still run end with a ServerError."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _stream(self, batches: Iterator[list[tuple[str, Image]]], concurrency: int) -> Iterator[Reading | BadImage]:
        pool = ThreadPoolExecutor(concurrency)
        running: deque[Future[list[Reading | BadImage]]] = deque()
        try:
            for batch in batches:
                running.append(pool.submit(self._read, batch))
                if len(running) == concurrency:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # who stops reading waits for no answer

    def _read(self, images: list[tuple[str, Image]]) -> list[Reading | BadImage]:
        return self._channel.converse(read_pictures(self._connection, load_pictures(images)))
