"""Channels: requests when the server shuts down or the client is closed."""

import asyncio
import threading
import time

import grpc
import pytest

from kerasrec.errors import ServerError, ServerUnavailable, UsageError
from kerasrec.serving.client.channels import AsyncChannel, Channel
from kerasrec.serving.client.connection import Connection
from kerasrec.serving.client.conversation import fetch_status, read_pictures
from kerasrec.serving.client.encoded_images import Picture

CANCELLED = (grpc.StatusCode.CANCELLED, "CANCELLED")


def connection(target, retries=4, timeout=5.0):
    return Connection(target, "lines", timeout, None, None, None, retries)


def read_blocking(made):
    channel = Channel(made)
    try:
        return channel.converse(read_pictures(made, [Picture("line", b"a")]))
    finally:
        channel.close()


def read_awaited(made):
    async def read():
        channel = AsyncChannel(made)
        try:
            return await channel.converse(read_pictures(made, [Picture("line", b"a")]))
        finally:
            await channel.close()

    return asyncio.run(read())


both = pytest.mark.parametrize("read", [read_blocking, read_awaited])


@both
def test_a_request_cancelled_by_a_server_that_shuts_down_is_retried_once(server, read):
    server.faults.append(CANCELLED)
    assert [reading.text for reading in read(connection(server.target))] == ["a"]
    assert len(server.requests) == 2


@both
@pytest.mark.parametrize(("retries", "sent"), [(4, 2), (1, 2), (0, 1)])
def test_a_server_that_cancels_the_retry_is_unavailable(server, read, retries, sent):
    server.faults.extend([CANCELLED] * 9)
    with pytest.raises(ServerUnavailable, match="is shutting down and cancelled the request"):
        read(connection(server.target, retries))
    assert len(server.requests) == sent


@both
def test_the_retry_ends_within_the_deadline_of_the_first_request(server, read, monkeypatch):
    timeouts = []
    server.faults.append(CANCELLED)
    server.delay = 0.3

    def bind(channel):
        from kerasrec.serving.client.connection import bind

        def note(call):
            return lambda request, timeout: timeouts.append(timeout) or call(request, timeout=timeout)

        return {path: note(call) for path, call in bind(channel).items()}

    monkeypatch.setattr("kerasrec.serving.client.channels.bind", bind)
    read(connection(server.target, timeout=30.0))
    first, second = timeouts
    assert first == 30.0
    assert 0 < second < 29.8


def test_a_server_that_stops_under_load_is_unavailable(serve):
    outcomes, server = [], serve()
    made = connection(server.target, retries=0)
    channel = Channel(made)

    def ask():
        for _ in range(2000):
            try:
                channel.converse(read_pictures(made, [Picture("line", b"a")]))
            except ServerError as error:
                outcomes.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(server.requests) < 50:
        time.sleep(0.01)
    server.stop(0.05)
    for thread in threads:
        thread.join()
    channel.close()
    assert {type(outcome) for outcome in outcomes} == {ServerUnavailable}


def test_a_channel_closed_by_another_thread_raises_a_server_error(server, monkeypatch):
    made = connection(server.target)
    channel = Channel(made)
    monkeypatch.setattr(channel, "_request_timeout", lambda remaining: channel.close() or 5.0)  # closed after the check
    with pytest.raises(ServerError, match="because the client was closed") as caught:
        channel.converse(fetch_status(made))
    assert type(caught.value) is ServerError


def test_a_channel_closed_by_another_task_raises_a_server_error(server, monkeypatch):
    made = connection(server.target)

    async def ask():
        channel = AsyncChannel(made)
        await channel.close()
        monkeypatch.setattr(channel, "_request_timeout", lambda remaining: 5.0)
        await channel.converse(fetch_status(made))

    with pytest.raises(ServerError, match="because the client was closed") as caught:
        asyncio.run(ask())
    assert type(caught.value) is ServerError


def test_a_closed_channel_sends_nothing(server):
    made = connection(server.target)
    channel = Channel(made)
    channel.close()
    with pytest.raises(UsageError, match="The client is closed"):
        channel.converse(read_pictures(made, [Picture("line", b"a")]))
    assert server.requests == []


def test_a_value_error_in_an_open_channel_is_not_hidden(server):
    made = connection(server.target)
    channel = Channel(made)

    def wrong():
        raise ValueError("a bug in the program")
        yield

    with pytest.raises(ValueError, match="a bug in the program"):
        channel.converse(wrong())
    channel.close()
