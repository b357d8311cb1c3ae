"""The client for asyncio returns and raises the same as the blocking client."""

import asyncio
import inspect
import itertools

import grpc
import pytest

from kerasrec.decoding import Reading
from kerasrec.errors import (
    BadImage,
    ServerBusy,
    ServerError,
    ServerTimeout,
    ServerUnavailable,
    UnknownModel,
    UsageError,
)
from kerasrec.serving.client import AsyncClient, Client, VersionStatus

BUSY = (grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue to which this task was submitted is full")


def run(use, target, **options):
    """Runs `use(client)` in a new event loop."""

    async def main():
        async with AsyncClient(target, **options) as client:
            return await use(client)

    return asyncio.run(main())


def test_the_ink_chooses_the_signature(server):
    async def use(client):
        await client.read(b"a", ink="dark")
        await client.read_many([b"a", b"b"], ink="light")
        await collect(client.read_stream([b"a"], ink="auto"))
        with pytest.raises(UsageError, match="ink must be one of auto, dark, light, but is 'red'"):
            await client.read(b"a", ink="red")

    run(use, server.target)
    assert server.signatures == ["dark_ink", "light_ink", "serving_default"]


async def collect(outcomes):
    return [outcome async for outcome in outcomes]


def test_both_clients_have_the_same_methods_with_the_same_parameters():
    def surface(client):
        members = inspect.getmembers(client, inspect.isfunction)
        public = {name: each for name, each in members if not name.startswith("_") or name == "__init__"}
        return {name: list(inspect.signature(each).parameters.items()) for name, each in public.items()}

    ours, theirs = surface(AsyncClient), surface(Client)
    assert ours["__init__"] == theirs["__init__"]
    assert {name: [each for each, _ in parameters] for name, parameters in ours.items()} == {
        name: [each for each, _ in parameters] for name, parameters in theirs.items()
    }


def test_an_image_is_read(server, tmp_path):
    (tmp_path / "line.png").write_bytes(b"ab")
    with Client(server.target) as blocking:
        expected = blocking.read(b"ab")
    assert run(lambda client: client.read(b"ab"), server.target) == expected
    assert run(lambda client: client.read(tmp_path / "line.png"), server.target) == expected


def test_a_bad_image_is_named(server):
    with pytest.raises(BadImage, match="the image was refused by .*: Expected an image, but received 3 bytes"):
        run(lambda client: client.read(b"bad"), server.target)
    with pytest.raises(BadImage, match="image 2 was refused"):
        run(lambda client: client.read_many([b"a", b"bad", b"c"]), server.target)


def test_many_images_are_read_in_batches(server):
    texts = [f"line {i}" for i in range(70)]
    readings = run(lambda client: client.read_many(map(str.encode, texts)), server.target)
    assert [reading.text for reading in readings] == texts
    assert sorted(map(len, server.requests)) == [6, 32, 32]


@pytest.mark.parametrize("kind", ["iterable", "asynchronous"])
@pytest.mark.parametrize(("batch_size", "concurrency"), [(1, 1), (3, 2), (32, 4)])
def test_a_stream_yields_a_result_for_each_image_in_order(server, tmp_path, kind, batch_size, concurrency):
    images = [b"bad" if i % 7 == 3 else tmp_path / "none" if i == 5 else f"line {i}".encode() for i in range(50)]

    async def arriving():
        for image in images:
            await asyncio.sleep(0)
            yield image

    source = images if kind == "iterable" else arriving()
    outcomes = run(lambda client: collect(client.read_stream(source, batch_size, concurrency)), server.target)
    with Client(server.target) as blocking:
        expected = list(blocking.read_stream(images))
    assert list(map(str, outcomes)) == list(map(str, expected))


def test_an_endless_stream_holds_few_images_in_memory(server):
    taken = itertools.count()

    async def use(client):
        stream = client.read_stream((str(next(taken)).encode() for _ in itertools.count()), 5, 3)
        first = [(await anext(stream)).text for _ in range(101)]
        await stream.aclose()
        return first

    assert run(use, server.target) == [str(i) for i in range(101)]
    assert next(taken) == 115


def test_when_several_requests_fail_the_first_error_is_raised(server):
    server.faults.extend([(grpc.StatusCode.INTERNAL, f"fault {i}") for i in range(4)])
    with pytest.raises(Exception, match="failed with INTERNAL: fault"):
        run(lambda client: collect(client.read_stream([b"a"] * 9, 1, 4)), server.target)


def test_sizes_are_checked_at_once(server):
    async def use(client):
        client.read_stream([], concurrency=0)

    with pytest.raises(UsageError, match="concurrency must be at least 1, but is 0"):
        run(use, server.target)


def test_requests_to_an_unavailable_server_are_retried(server):
    server.faults.extend([BUSY] * 3)
    assert run(lambda client: client.read(b"a"), server.target).text == "a"
    server.faults.extend([BUSY] * 3)
    with pytest.raises(ServerBusy, match="is full"):
        run(lambda client: client.read(b"a"), server.target, retries=2)


def test_errors_are_the_same_as_with_the_blocking_client(server, serve, free_port):
    server.delay = 0.5
    with pytest.raises(ServerTimeout, match=r"within 0\.1 s"):
        run(lambda client: client.read(b"a"), server.target, timeout=0.1)
    with pytest.raises(UnknownModel, match="does not serve model 'other'"):
        run(lambda client: client.status(), server.target, model="other")
    with pytest.raises(ServerUnavailable, match="Connection refused"):
        run(lambda client: client.read(b"a"), f"127.0.0.1:{free_port}", retries=0)


def test_status_and_readiness(server):
    async def use(client):
        found = await client.status(), await client.is_ready()
        server.states = {1: "LOADING"}
        loading = await client.is_ready(), await client.obstacle()
        with pytest.raises(ServerTimeout, match=r"was not ready within 0\.2 s\. No version"):
            await client.wait_until_ready(0.2)
        waiting = asyncio.create_task(client.wait_until_ready(30))
        await asyncio.sleep(0.1)
        server.states = {2: "AVAILABLE"}
        await waiting
        return found, loading

    found, loading = run(use, server.target)
    assert found == ((VersionStatus(1, "AVAILABLE"),), True)
    assert loading[0] is False
    assert "1 is LOADING" in loading[1]


def test_many_requests_run_at_the_same_time(serve):
    server = serve(lambda content: Reading(content.decode(), 1.0, ()))

    async def use(client):
        return await asyncio.gather(*(client.read(str(i).encode()) for i in range(200)))

    assert [reading.text for reading in run(use, server.target)] == [str(i) for i in range(200)]


def test_a_closed_client_cannot_be_used(server):
    async def use(client):
        await client.close()
        await client.read(b"a")

    with pytest.raises(UsageError, match="The client is closed"):
        run(use, server.target)


def test_closing_ends_running_requests(server):
    server.delay = 1.0

    async def use(client):
        reading = asyncio.create_task(client.read(b"a"))
        while not server.requests:
            await asyncio.sleep(0.01)
        await client.close()
        (outcome,) = await asyncio.wait_for(asyncio.gather(reading, return_exceptions=True), 5)
        return outcome

    outcome = run(use, server.target)
    assert type(outcome) is ServerError
    assert "because the client was closed" in str(outcome)


def test_closing_does_not_cancel_tasks_that_read(server):
    server.delay = 1.0

    async def read(client):
        with pytest.raises(ServerError, match="because the client was closed"):
            await client.read(b"a")

    async def use(client):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read(client)) for _ in range(4)]
            while not server.requests:
                await asyncio.sleep(0.01)
            await client.close()
        return [task.cancelled() for task in tasks]

    assert run(use, server.target) == [False] * 4


def test_a_cancelled_task_stays_cancelled_when_the_client_is_closed(server):
    server.delay = 1.0

    async def use(client):
        reading = asyncio.create_task(client.read(b"a"))
        while not server.requests:
            await asyncio.sleep(0.01)
        reading.cancel()
        await client.close()
        (outcome,) = await asyncio.gather(reading, return_exceptions=True)
        return outcome, reading.cancelled()

    outcome, was_cancelled = run(use, server.target)
    assert isinstance(outcome, asyncio.CancelledError)
    assert was_cancelled
