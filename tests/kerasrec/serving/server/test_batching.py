"""Batches of concurrent requests, with a fake graph that the tests can hold."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.server.batch_tasks import Task
from kerasrec.serving.server.batching import Batcher, BatchSettings, Closed
from kerasrec.serving.server.failure import ServingError, invalid

LONG = 20  # seconds, longer than anything here takes


class Graph:
    """Doubles its input; a negative value is an error. Records its batches, and waits before each while it is held."""

    def __init__(self):
        self.batches = []
        self.started = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.go_on.set()

    def run(self, signature, feeds, deadline):
        self.batches.append((signature, feeds[0].ravel().tolist(), deadline))
        self.started.release()
        assert self.go_on.wait(LONG)
        if feeds[0].min(initial=0) < 0:
            raise invalid(f"negative: {feeds[0].ravel().tolist()}")
        return [feeds[0] * 2]

    @property
    def values(self):
        return [values for _, values, _ in self.batches]


@pytest.fixture
def graph():
    return Graph()


@pytest.fixture
def start(graph):
    """Starts a batcher: `batcher, send = start(threads=1)`; `send(value, ...)` returns a future of its result."""
    pool, batchers = ThreadPoolExecutor(64), []

    def make(run=None, **settings):
        batcher = Batcher(run or graph.run, BatchSettings(**{"threads": 1, **settings}))
        batchers.append(batcher)

        def send(*values, signature="read", **options):
            feed = values[0] if isinstance(values[0], np.ndarray) else np.array(values, np.float32)
            before = batcher._rows
            future = pool.submit(batcher.run, Task(signature, [feed], **options))
            return future, before

        return batcher, lambda *values, **options: send(*values, **options)[0]

    yield make
    graph.go_on.set()
    for batcher in batchers:
        batcher.close(LONG)
    pool.shutdown()


def hold(graph, send) -> "Future":
    """Keeps the only thread busy with a request."""
    graph.go_on.clear()
    busy = send(0)
    assert graph.started.acquire(timeout=LONG)
    return busy


def wait_for_rows(batcher, rows):
    end = time.monotonic() + LONG
    while batcher._rows != rows:
        assert time.monotonic() < end, f"{batcher._rows} rows wait instead of {rows}"
        time.sleep(0.001)


def queue(batcher, send, *requests, **options):
    """Sends requests one by one, so that their order is known."""
    futures = []
    for values in requests:
        waiting = batcher._rows
        futures.append(send(*values, **options))
        wait_for_rows(batcher, waiting + len(values))
    return futures


def results(futures):
    return [future.result(LONG)[0].ravel().tolist() for future in futures]


def test_an_idle_server_computes_a_request_at_once(graph, start):
    _, send = start()
    assert send(3).result(LONG)[0].tolist() == [6]
    assert graph.values == [[3]]


def test_waiting_requests_are_computed_together_and_each_gets_its_rows(graph, start):
    batcher, send = start()
    busy = hold(graph, send)
    futures = queue(batcher, send, [1], [2, 3], [4])
    graph.go_on.set()
    assert results([busy, *futures]) == [[0], [2], [4, 6], [8]]
    assert graph.values == [[0], [1, 2, 3, 4]]


def test_a_batch_has_at_most_max_batch_size_rows(graph, start):
    batcher, send = start(max_batch_size=4)
    hold(graph, send)
    futures = queue(batcher, send, [1, 2], [3], [4, 5], [6])
    graph.go_on.set()
    assert results(futures) == [[2, 4], [6], [8, 10], [12]]
    assert graph.values == [[0], [1, 2, 3], [4, 5, 6]]


def test_a_request_larger_than_a_batch_is_computed_alone(graph, start):
    batcher, send = start(max_batch_size=2)
    hold(graph, send)
    futures = queue(batcher, send, [1], [2, 3, 4], [5])
    graph.go_on.set()
    assert results(futures) == [[2], [4, 6, 8], [10]]
    assert sorted(graph.values) == [[0], [1, 5], [2, 3, 4]]


def test_other_signatures_and_shapes_go_into_other_batches(graph, start):
    batcher, send = start()
    hold(graph, send)
    narrow = queue(batcher, send, [1], [2])
    wide = [send(np.full((1, 3), value, np.float32)) for value in (5, 6)]
    wait_for_rows(batcher, 4)
    other = queue(batcher, send, [7], signature="other")
    graph.go_on.set()
    assert results([*narrow, *other]) == [[2], [4], [14]]
    assert results(wide) == [[10, 10, 10], [12, 12, 12]]
    assert len(graph.batches) == 4
    assert graph.values[1] == [1, 2]  # the one that waited longest comes first
    assert graph.batches[3][:2] == ("other", [7])


def test_one_bad_request_fails_alone(graph, start):
    batcher, send = start()
    hold(graph, send)
    futures = queue(batcher, send, *([value] for value in (1, 2, 3, -4, 5, 6, 7)))
    graph.go_on.set()
    bad = futures.pop(3)
    assert results(futures) == [[2], [4], [6], [10], [12], [14]]
    with pytest.raises(ServingError, match=r"^negative: \[-4.0\]$"):
        bad.result(LONG)
    assert len(graph.batches) <= 1 + 1 + 2 * 3  # halves of halves, not one by one


def test_outputs_without_rows_are_computed_one_by_one(start):
    batcher, send = start(lambda signature, feeds, deadline: [feeds[0].sum()])
    futures = [send(value, value) for value in (1, 2, 3)]
    assert [future.result(LONG)[0] for future in futures] == [2, 4, 6]
    assert batcher._rows == 0


def test_a_full_queue_refuses_more(graph, start):
    batcher, send = start(max_batch_size=2, max_enqueued_batches=2)
    hold(graph, send)
    futures = queue(batcher, send, [1, 2], [3, 4])
    with pytest.raises(ServingError) as caught:
        send(5).result(LONG)
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert caught.value.text == "The batch scheduling queue to which this task was submitted is full"
    graph.go_on.set()
    assert results(futures) == [[2, 4], [6, 8]]
    assert send(6).result(LONG)[0].tolist() == [12]


def test_a_queue_accepts_what_idle_threads_can_take(graph, start):
    batcher, _ = start(max_batch_size=1, max_enqueued_batches=1, threads=8)
    graph.go_on.clear()
    with batcher._changed:  # no thread wakes up before all requests are queued
        for value in range(9):
            batcher._enqueue(Task("read", [np.array([value], np.float32)]))
        with pytest.raises(ServingError, match="is full"):
            batcher._enqueue(Task("read", [np.array([9], np.float32)]))


def test_a_request_that_times_out_in_the_queue_is_not_computed(graph, start):
    batcher, send = start()
    busy = hold(graph, send)
    late = send(1, deadline=time.monotonic() + 0.02)
    with pytest.raises(ServingError) as caught:
        late.result(LONG)
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.text == "Run() timeout exceeded while waiting in batching queue"
    graph.go_on.set()
    assert results([busy, send(2)]) == [[0], [4]]
    assert [1] not in graph.values


def test_a_request_that_times_out_while_it_is_computed_fails(graph, start):
    _, send = start()
    graph.go_on.clear()
    with pytest.raises(ServingError) as caught:
        send(1, deadline=time.monotonic() + 0.02).result(LONG)
    assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_batch_has_the_latest_deadline_of_its_requests(graph, start):
    batcher, send = start()
    hold(graph, send)
    now = time.monotonic()
    futures = [*queue(batcher, send, [1], deadline=now + 50), *queue(batcher, send, [2], deadline=now + 90)]
    graph.go_on.set()
    assert results(futures) == [[2], [4]]
    assert graph.batches[1] == ("read", [1, 2], now + 90)


def test_a_run_that_times_out_is_not_repeated(graph, start):
    def run(signature, feeds, deadline):
        outputs = graph.run(signature, feeds, deadline)
        if len(graph.batches) > 1:
            raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, "late")
        return outputs

    batcher, send = start(run)
    hold(graph, send)
    futures = queue(batcher, send, [1], [2])
    graph.go_on.set()
    for future in futures:
        with pytest.raises(ServingError, match="^late$"):
            future.result(LONG)
    assert graph.values == [[0], [1, 2]]


def test_the_request_of_a_disconnected_client_is_not_computed(graph, start):
    batcher, send = start()
    hold(graph, send)
    gone = queue(batcher, send, [1], is_wanted=lambda: False)
    here = queue(batcher, send, [2])
    graph.go_on.set()
    assert results(here) == [[4]]
    with pytest.raises(ServingError) as caught:
        gone[0].result(LONG)
    assert caught.value.code is grpc.StatusCode.CANCELLED
    assert graph.values == [[0], [2]]


def test_each_thread_computes_a_batch(graph, start):
    _, send = start(threads=2)
    graph.go_on.clear()
    futures = []
    for value in (1, 2):
        futures.append(send(value))
        assert graph.started.acquire(timeout=LONG)
    graph.go_on.set()
    assert results(futures) == [[2], [4]]


def test_a_batch_waits_for_more_requests_if_it_has_a_timeout(graph, start):
    _, send = start(max_batch_size=3, timeout_micros=LONG * 10**6)
    futures = [send(1), send(2), send(3)]
    assert sorted(results(futures)) == [[2], [4], [6]]
    assert [sorted(values) for values in graph.values] == [[1, 2, 3]]


def test_a_batch_that_does_not_fill_is_computed_after_its_timeout(graph, start):
    _, send = start(timeout_micros=20_000)
    assert send(1).result(LONG)[0].tolist() == [2]


def test_a_waiting_queue_does_not_block_other_threads(graph, start):
    batcher, send = start(threads=2, timeout_micros=200_000)
    futures = [send(1), send(2, signature="other")]
    assert results(futures) == [[2], [4]]


def test_close_computes_queued_requests_and_refuses_new_ones(graph, start):
    batcher, send = start(timeout_micros=LONG * 10**6)
    busy = queue(batcher, send, [1])
    batcher.close(LONG)
    assert results(busy) == [[2]]
    with pytest.raises(Closed):
        send(2).result(LONG)


def test_requests_still_queued_after_the_grace_fail(graph, start):
    batcher, send = start()
    busy = hold(graph, send)
    waiting = queue(batcher, send, [1])
    batcher.close(0.01)
    with pytest.raises(ServingError) as caught:
        waiting[0].result(LONG)
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    graph.go_on.set()
    assert results([busy]) == [[0]]


def test_an_unexpected_error_hides_its_message_and_the_thread_survives(start, caplog):
    def run(signature, feeds, deadline):
        if feeds[0][0] == 0:
            raise KeyError("secret")
        return feeds

    _, send = start(run)
    with pytest.raises(ServingError, match="^KeyError while computing a batch$") as caught:
        send(0).result(LONG)
    assert caught.value.code is grpc.StatusCode.INTERNAL
    assert send(1).result(LONG)[0].tolist() == [1]
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_batch_size", 0), ("timeout_micros", -1), ("max_enqueued_batches", 0), ("threads", 0)],
)
def test_invalid_settings_are_refused(name, value):
    with pytest.raises(UsageError, match=f"Expected {name} of at least {value + 1}, but received {value}"):
        BatchSettings(**{name: value})


def test_too_long_a_timeout_is_refused():
    with pytest.raises(UsageError, match="timeout_micros of at most 60000000, but received 60000001"):
        BatchSettings(timeout_micros=60_000_001)
