"""The client: sends images to a server and returns readings."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from kerasrec.decoding import Reading
from kerasrec.errors import ServerTimeout
from kerasrec.serving.client.batches import check_sizes, divide, number
from kerasrec.serving.client.channels import Channel
from kerasrec.serving.client.connection import MOST_RETRIES, PAUSE, TLS, Connection
from kerasrec.serving.client.conversation import Outcome, VersionStatus, fetch_status, find_obstacle, read_pictures
from kerasrec.serving.client.encoded_images import Image, load_pictures
from kerasrec.spec import check_ink


class Client:
    """Reads images with a server: TensorFlow Serving or `kerasrec serve`. Needs neither TensorFlow nor Keras.

    The client connects when it is first used, and reconnects when the connection is lost. Several threads may use one
    client at the same time. Every request ends within `timeout`. If the server is unavailable, a request is retried
    after about 0.1, 0.2, 0.4 and 0.8 s; if a server that is shutting down cancels it, it is retried once.

        with Client("localhost:8500") as client:
            print(client.read("line.png").text)

    Args:
        target: The server's gRPC address, "HOST:PORT" or a gRPC target such as "unix:/run/lines.sock".
        model: The model's name.
        timeout: The time limit for each request in seconds, including its retries.
        version: The version of the model; if neither version nor label is given, the server chooses.
        label: The label of the version, such as "stable", instead of its number.
        tls: The certificate files for TLS; None connects without TLS.
        retries: The number of retries when the server is unavailable, 0 to 4.

    Raises:
        UsageError: A value is invalid, or a TLS file cannot be used.
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

    def read(self, image: Image, *, ink: str = "auto") -> Reading:
        """Reads one image: the path of a file, its bytes, or a `Picture`. Positions are in pixels of the image.

        Args:
            image: The image.
            ink: "dark" or "light" if its ink is known to be darker or lighter than its paper; "auto" finds out.

        Raises:
            BadImage: The image cannot be read as a line.
            UsageError: `ink` is something else.
            ServerError: The server could not be reached or could not answer; see `kerasrec.errors` for the kinds.
        """
        check_ink(ink)
        (outcome,) = self._read([("the image", image)], ink)
        if not isinstance(outcome, Reading):
            raise outcome
        return outcome

    def read_many(self, images: Iterable[Image], batch_size: int = 32, *, ink: str = "auto") -> list[Reading]:
        """Reads several images, all or none; `read_stream` continues after a bad one.

        Args:
            images: The paths of files, their bytes, or pictures.
            batch_size: The most images in a request.
            ink: Whether ink is "dark" or "light"; "auto" finds out for each image.

        Raises:
            BadImage: An image cannot be read as a line; the message names it.
            ServerError: The server could not be reached or could not answer.
        """
        readings = []
        for outcome in self.read_stream(images, batch_size, ink=ink):
            if not isinstance(outcome, Reading):
                raise outcome
            readings.append(outcome)
        return readings

    def read_stream(
        self, images: Iterable[Image], batch_size: int = 32, concurrency: int = 4, *, ink: str = "auto"
    ) -> Iterator[Outcome]:
        """Reads any number of images as they arrive; a bad image does not stop the others.

        A request that the server does not answer within the timeout is divided into halves, down to single images.

        At most `batch_size` times `concurrency` images are held in memory. The first reading is yielded once that many
        images have been taken, or when there are no more: for images that arrive slowly, set both to 1.

        Args:
            images: The paths of files, their bytes, or pictures; taken as needed.
            batch_size: The most images in a request.
            concurrency: The most requests at the same time.
            ink: Whether ink is "dark" or "light"; "auto" finds out for each image.

        Yields:
            The reading of each image, or the error if it cannot be read or the server was late for it alone, in the
            order of the images.

        Raises:
            ServerError: The server could not be reached or could not answer.
        """
        check_sizes(batch_size, concurrency)
        check_ink(ink)
        return self._stream(divide(number(images), batch_size), concurrency, ink)

    def status(self) -> tuple[VersionStatus, ...]:
        """Returns the states of the model's versions, or of one version if the client was created for one.

        Raises:
            UnknownModel: The server does not serve the model or the version.
            ServerError: The server could not be reached or could not answer.
        """
        return self._channel.converse(fetch_status(self._connection))

    def is_ready(self) -> bool:
        """Whether the server is up and a version of the model is available.

        Raises:
            WrongServer: The endpoint is not a model server.
            BadTLS: Client and server do not trust each other.
        """
        return not self.obstacle()

    def obstacle(self) -> str:
        """Returns why the server is not ready, as a sentence, or "" if it is ready. Raises what `is_ready` raises."""
        return self._channel.converse(find_obstacle(self._connection))

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server is up and a version of the model is available.

        Args:
            timeout: The longest time to wait, in seconds.

        Raises:
            ServerTimeout: The server is not ready in time; the message says what is missing.
            WrongServer: The endpoint is not a model server.
            BadTLS: Client and server do not trust each other.
        """
        end = time.monotonic() + timeout
        while obstacle := self._channel.converse(find_obstacle(self._connection), end - time.monotonic()):
            if time.monotonic() + PAUSE > end:
                raise ServerTimeout(f"{self._connection.target} was not ready within {timeout:g} s. {obstacle}")
            time.sleep(PAUSE)

    def close(self) -> None:
        """Closes the connection; running requests fail with a ServerError."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _stream(self, batches: Iterator[list[tuple[str, Image]]], concurrency: int, ink: str) -> Iterator[Outcome]:
        pool = ThreadPoolExecutor(concurrency)
        running: deque[Future[list[Outcome]]] = deque()
        try:
            for batch in batches:
                running.append(pool.submit(self._read, batch, ink))
                if len(running) == concurrency:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # if the caller stops reading, do not wait for answers

    def _read(self, images: list[tuple[str, Image]], ink: str) -> list[Outcome]:
        return self._channel.converse(read_pictures(self._connection, load_pictures(images), ink))
