"""The experiments on a server: each takes a model and images of lines, and yields its results as text."""

import asyncio
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import tensorflow as tf

from benchmarks.serving.process import ServerProcess
from kerasrec.errors import ServerUnavailable
from kerasrec.export.versions import find_versions
from kerasrec.serving.client import AsyncClient, Client
from kerasrec.serving.client.load import LoadReport, measure_load

_ROUNDS = 5
_WARM = 3
_TIMED = 10
_SWAPS = 20
_SWAP_SECONDS = 3.0
_BEFORE_KILL = 4.0
_DEADLINE = 5.0

Images = Sequence[bytes]


def overhead(model: Path, images: Images) -> Iterator[str]:
    """How much longer a request takes than the same call in this process, one request at a time."""
    call = _load(model)
    with ServerProcess(model) as server, Client(server.target, timeout=60.0) as client:
        for count in (1, 32):
            chosen = list(images[:count])
            ask = partial(client.read, chosen[0]) if count == 1 else partial(client.read_many, chosen)
            local, remote = _time_in_turns([partial(call, chosen), ask])
            more = f"{remote - local:+.2f} ms, {remote / local - 1:+.1%}"
            yield f"{count:2d} lines: in process {local:.2f} ms, gRPC {remote:.2f} ms, {more}"


def batching(model: Path, images: Images) -> Iterator[str]:
    """The gain from merging the requests of 32 clients."""
    found = {}
    for name, options in (("merged", ()), ("not merged", ("--max-batch-size", "1", "--max-queued-batches", "64"))):
        with ServerProcess(model, *options) as server:
            _load_with(server, images, clients=32, requests=128)
            report = found[name] = _load_with(server, images, clients=32, requests=1500)
        yield f"{name}: {_describe(report)}, p99 is {report.percentile(99) / report.percentile(50):.1f} times p50"
    yield f"merged / not merged: {found['merged'].throughput / found['not merged'].throughput:.2f}"


def soak(model: Path, images: Images, requests: int = 50_000) -> Iterator[str]:
    """Errors and memory during a long time under full load."""
    with ServerProcess(model) as server:
        for done in range(0, requests, requests // 10):
            report = _load_with(server, images, clients=32, requests=requests // 10)
            yield f"{done + requests // 10:,} requests: {_describe(report)}, memory {server.memory():.0f} MB"


def swap(model: Path, images: Images) -> Iterator[str]:
    """New versions under load."""
    with tempfile.TemporaryDirectory() as folder:
        served = Path(folder) / "lines"
        newest = model / str(find_versions(model)[-1])
        shutil.copytree(newest, served / "1")
        with ServerProcess(served) as server:
            changes = threading.Thread(target=_add_versions, args=(newest, served))
            changes.start()
            reports = []
            while changes.is_alive():
                reports.append(_load_with(server, images, clients=16, requests=400))
            with Client(server.target) as client:
                states = [each for each in client.status() if each.state == "AVAILABLE"]
                now = ", ".join(f"version {each.version} is {each.state}" for each in states)
        requests = sum(len(report.taken) for report in reports)
        failed = sum(sum(report.errors.values()) for report in reports)
        yield f"{_SWAPS} versions under {requests:,} requests: {failed} failed; at the end {now}"


def kill(model: Path, images: Images) -> Iterator[str]:
    """A server that is killed under load and restarted."""
    failures: list[tuple[str, float]] = []
    answers: list[float] = []
    stop = threading.Event()

    def ask(target: str) -> None:
        with Client(target, timeout=_DEADLINE, retries=0) as client:
            while not stop.is_set():
                start = time.monotonic()
                try:
                    client.read(images[0])
                    answers.append(time.monotonic())
                except Exception as error:
                    failures.append((type(error).__name__, time.monotonic() - start))
                    time.sleep(0.05)

    with ServerProcess(model) as server:
        threads = [threading.Thread(target=ask, args=(server.target,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(_BEFORE_KILL)
        server.kill()
        killed = time.monotonic()
        with ServerProcess(model):
            back = time.monotonic()
            time.sleep(_BEFORE_KILL)
            stop.set()
            for thread in threads:
                thread.join()
        first = min(answered for answered in answers if answered > killed)
    kinds = ", ".join(sorted({kind for kind, _ in failures}))
    expected = ServerUnavailable.__name__
    yield f"killed under the load of 8 clients: {len(failures)} requests failed with {kinds} (expected {expected})"
    yield f"the slowest failure took {max(taken for _, taken in failures):.2f} s (timeout {_DEADLINE:g} s)"
    yield f"the first response came {first - back:+.2f} s after the new server was ready"


def startup(model: Path, images: Images) -> Iterator[str]:
    """The time to load a version and to answer the first request."""
    start = time.perf_counter()
    call = _load(model)
    loaded = time.perf_counter()
    call([images[0]])
    yield f"load {loaded - start:.2f} s, the first response without warm-up {time.perf_counter() - loaded:.2f} s"
    start = time.perf_counter()
    with ServerProcess(model):
        taken = time.perf_counter() - start
        yield f"kerasrec serve answers {taken:.2f} s after its start, imports and warm-up included"


EXPERIMENTS: dict[str, Callable[[Path, Images], Iterator[str]]] = {
    "startup": startup,
    "overhead": overhead,
    "batching": batching,
    "swap": swap,
    "kill": kill,
    "soak": soak,
}


def _load(model: Path) -> Callable[[list[bytes]], object]:
    """Loads the newest version in this process, as TensorFlow Serving does."""
    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        version = str(model / str(find_versions(model)[-1]))
        signature = tf.compat.v1.saved_model.load(session, ["serve"], version).signature_def["serving_default"]
    outputs = [info.name for info in signature.outputs.values()]
    fed = signature.inputs["image_bytes"].name
    return lambda images: session.run(outputs, {fed: images})


def _time_in_turns(calls: Sequence[Callable[[], object]]) -> list[float]:
    """The median milliseconds of each call; the calls take turns, with several calls per turn.

    With one call per turn, the threads of the other call would still be spinning.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(_ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            for number in range(_WARM + _TIMED):
                start = time.perf_counter()
                call()
                if number >= _WARM:
                    times.append(1000 * (time.perf_counter() - start))
    return [statistics.median(times) for times in taken]


def _load_with(server: ServerProcess, images: Images, clients: int, requests: int) -> LoadReport:
    make_client = partial(AsyncClient, server.target, timeout=60.0, retries=0)
    return asyncio.run(measure_load(make_client, images, clients, requests))


def _describe(report: LoadReport) -> str:
    latency = ", ".join(f"p{share} {1000 * report.percentile(share):.1f} ms" for share in (50, 95, 99))
    return f"{report.throughput:.1f} requests/s, {latency}, {sum(report.errors.values())} errors"


def _add_versions(newest: Path, served: Path) -> None:
    for number in range(2, _SWAPS + 2):
        time.sleep(_SWAP_SECONDS)
        hidden = served / f".{number}"
        shutil.copytree(newest, hidden)
        hidden.rename(served / str(number))
    time.sleep(_SWAP_SECONDS)
