"""What reads the chunks of a job: this process, or a Ray cluster."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from kerasrec.bulk.chunk import ReadSettings, read_chunk
from kerasrec.bulk.inputs import Chunk
from kerasrec.errors import ClusterFailed, UsageError

if TYPE_CHECKING:
    import pyarrow

_PATIENCE = 10.0  # seconds to wait for the connection to a cluster


def run_here(chunks: Mapping[int, Chunk], settings: ReadSettings) -> Iterator[tuple[int, "pyarrow.Table"]]:
    """Reads chunks in this process; yields the number and the rows of each."""
    for number, chunk in chunks.items():
        yield number, read_chunk(chunk, settings)


def run_on_ray(chunks: Mapping[int, Chunk], settings: ReadSettings) -> Iterator[tuple[int, "pyarrow.Table"]]:
    """Reads chunks on the Ray cluster at RAY_ADDRESS, or on one that is started here; one on each core at a time.

    Ray repeats a chunk whose machine is lost.

    Yields:
        The number and the rows of each chunk, as soon as it is read.

    Raises:
        UsageError: Ray is not installed.
        ClusterFailed: No cluster answers at RAY_ADDRESS, it was lost, or its processes end again and again.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    try:
        import ray
    except ImportError as error:
        raise UsageError("--runner ray needs Ray. Install it with: pip install 'kerasrec[ray]'") from error
    _connect(ray)
    try:
        yield from _read_all(ray, chunks, settings)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise ClusterFailed(f"Ray failed: {str(error).splitlines()[0].rstrip('.')}.") from error
    finally:
        ray.shutdown()


def _read_all(ray: Any, chunks: Mapping[int, Chunk], settings: ReadSettings) -> Iterator[tuple[int, "pyarrow.Table"]]:
    task, shared = ray.remote(read_chunk), ray.put(settings)
    waiting, running = iter(chunks.items()), dict[Any, int]()
    while True:
        room = 2 * int(ray.cluster_resources().get("CPU", 1)) - len(running)  # a cluster may grow
        for number, chunk in islice(waiting, max(room, 0)):
            running[task.remote(chunk, shared, 1)] = number
        if not running:
            return
        for done in ray.wait(list(running))[0]:
            yield running.pop(done), ray.get(done)


def _connect(ray: Any) -> None:
    address = os.environ.get("RAY_ADDRESS", "")
    logging.getLogger("ray").setLevel(logging.ERROR)
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if host and port.isdecimal():  # Ray itself would wait for minutes
            socket.create_connection((host, int(port)), _PATIENCE).close()
        ray.init(configure_logging=False, log_to_driver=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterFailed(
            f"No Ray cluster could be used at {address or 'this machine'} ({str(error).splitlines()[0].rstrip('.')}). "
            "Check RAY_ADDRESS, or unset it to start one here."
        ) from error
