"""The results of a load test."""

import asyncio
import math

import grpc
import pytest

from kerasrec.decoding import Reading
from kerasrec.errors import ServerTimeout
from kerasrec.serving.client import AsyncClient
from kerasrec.serving.client.load import LoadReport, measure_load


def measure(server, images, *arguments, **options):
    def make_client():
        return AsyncClient(server.target, retries=0, **options)

    return asyncio.run(measure_load(make_client, images, *arguments))


def test_all_requests_are_made_with_the_images_in_turn(server):
    report = measure(server, [b"a", b"b", b"c"], 4, 20, 2)
    assert (len(report.sent), len(report.taken), report.failed, report.errors) == (20, 20, [], {})
    assert report.is_complete
    sent = [content for request in server.requests for content in request]
    assert sorted(sent) == sorted([b"a", b"b", b"c"] * 13 + [b"a"])
    assert {len(request) for request in server.requests} == {2}


def test_latencies_and_throughput_match_the_server(server):
    server.delay = 0.05
    report = measure(server, [b"a"], 5, 20)
    assert min(report.taken) >= 0.05
    assert report.seconds >= 4 * 0.05
    assert report.throughput == pytest.approx(20 / report.seconds)
    assert max(report.sent) + 0.05 <= report.seconds


def test_each_client_has_one_request_at_a_time(serve):
    import threading

    together = threading.Barrier(6)

    def read(content):
        together.wait(10)  # raises unless six requests are running at once
        return Reading("", 1.0, ())

    report = measure(serve(read), [b"a"], 6, 12, timeout=20.0)
    assert len(report.taken) == 12


def test_failures_are_counted_by_kind(server):
    server.faults.extend(
        [(grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue is full")] * 3 + [(grpc.StatusCode.INTERNAL, "bad")]
    )
    report = measure(server, [b"a", b"bad"], 2, 20)
    assert report.errors["ServerBusy"] == 3
    assert report.errors["ServerError"] == 1
    assert report.errors["BadImage"] == 20 - 4 - len(report.taken) > 0
    assert len(report.failed) == sum(report.errors.values())
    assert report.is_complete


def test_a_server_that_is_not_ready_is_an_error_before_the_first_request(server):
    server.states = {1: "LOADING"}
    with pytest.raises(ServerTimeout, match="1 is LOADING"):
        measure(server, [b"a"], 2, 20)
    assert server.requests == []


def test_an_interrupted_test_returns_its_report_so_far(server):
    async def main():
        task = asyncio.create_task(measure_load(lambda: AsyncClient(server.target), [b"a"], 3, 10**6))
        while len(server.requests) < 50:
            await asyncio.sleep(0.01)
        task.cancel()
        return await task

    report = asyncio.run(main())
    assert 20 < len(report.taken) < 10**6
    assert not report.is_complete
    assert report.throughput > 0


def test_percentiles():
    report = LoadReport(1, taken=[i / 100 for i in range(101)])
    assert [report.percentile(share) for share in (0, 50, 99, 100)] == pytest.approx([0, 0.5, 0.99, 1])
    assert math.isnan(LoadReport(1).percentile(50))
    assert LoadReport(1).throughput == 0
