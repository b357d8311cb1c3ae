"""What reads the chunks of a job: this process, or a Ray cluster."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from kerasrec.bulk.chunk import ReadSettings, read_chunk
from kerasrec.bulk.inputs import Chunk
from kerasrec.errors import ClusterFailed, UsageError

if TYPE_CHECKING:
    import pyarrow

_PATIENCE = 25.0  # seconds to wait for a connection, and for the answer of a cluster


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
    task, shared, folder = ray.remote(_read_there), ray.put(settings), os.getcwd()
    waiting, running = iter(chunks.items()), dict[Any, int]()
    while True:
        room = 2 * max(int(ray.cluster_resources().get("CPU", 0)), 1) - len(running)  # a cluster may grow
        for number, chunk in islice(waiting, max(room, 0)):
            running[task.remote(chunk, shared, folder)] = number
        if not running:
            return
        for done in ray.wait(list(running))[0]:
            yield running.pop(done), ray.get(done)


def _read_there(chunk: Chunk, settings: ReadSettings, folder: str) -> "pyarrow.Table":
    """Reads a chunk in a process of Ray, one of as many as there are cores."""
    with contextlib.suppress(OSError):  # without it, there are no relative paths that could be found
        os.chdir(folder)
    return read_chunk(chunk, settings, threads=1)


def _connect(ray: Any) -> None:
    address = os.environ.get("RAY_ADDRESS", "")
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        _probe(address)
        ray.init(configure_logging=False, log_to_driver=False)
    except Exception as error:  # Ray raises errors of every kind, even Exception itself
        raise ClusterFailed(
            f"No Ray cluster could be used at {address or 'this machine'} ({str(error).splitlines()[0].rstrip('.')}). "
            "Check RAY_ADDRESS, or unset it to start one here."
        ) from error


def _probe(address: str) -> None:
    """Connects to a cluster from a process that can be ended, because Ray itself tries again for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return
    socket.create_connection((host, int(port)), _PATIENCE).close()
    command = [sys.executable, "-c", "import ray; ray.init(configure_logging=False, log_to_driver=False)"]
    try:
        subprocess.run(
            command, capture_output=True, timeout=_PATIENCE, check=False
        )  # its error is that of the next try
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"no cluster answered within {_PATIENCE:.0f} s") from None
