"""The client with a fake server: readings, streams, failures, retries and restarts."""

import itertools
import subprocess
import sys
import threading
import time

import grpc
import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.errors import (
    BadImage,
    ServerBusy,
    ServerError,
    ServerTimeout,
    ServerUnavailable,
    UnknownModel,
    UsageError,
    WrongServer,
)
from kerasrec.serving.client import Client, Picture, VersionStatus

UNAVAILABLE = (grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue to which this task was submitted is full")


@pytest.fixture
def client(server):
    with Client(server.target) as made:
        yield made


def test_an_image_is_read_from_its_bytes_its_file_and_its_path(client, tmp_path):
    file = tmp_path / "line.png"
    file.write_bytes(b"ab")
    expected = Reading("ab", 0.25, (Character("a", 0.5, 0.0, 9.0), Character("b", 0.5, 10.0, 19.0)))
    assert [client.read(image) for image in (b"ab", file, str(file), Picture("scan", b"ab"))] == [expected] * 4


def test_the_ink_chooses_the_signature(client, server):
    client.read(b"a")
    client.read(b"a", ink="dark")
    client.read_many([b"a", b"b"], ink="light")
    list(client.read_stream([b"a"], ink="dark"))
    assert server.signatures == ["serving_default", "dark_ink", "light_ink", "dark_ink"]
    for read in (client.read, client.read_many, client.read_stream):
        with pytest.raises(UsageError, match="ink must be one of auto, dark, light, but is 'red'"):
            read(b"a", ink="red")


def test_a_bad_image_is_named(client, tmp_path):
    (tmp_path / "line.png").write_bytes(b"bad")
    with pytest.raises(BadImage, match=r"line.png was refused by .*: Expected an image, but received 3 bytes\.$"):
        client.read(tmp_path / "line.png")
    with pytest.raises(BadImage, match="the image was refused"):
        client.read(b"bad")
    with pytest.raises(BadImage, match="none.png cannot be read"):
        client.read(tmp_path / "none.png")


def test_many_images_are_read_in_batches(client, server):
    texts = [f"line {i}" for i in range(70)]
    assert [reading.text for reading in client.read_many(map(str.encode, texts))] == texts
    assert sorted(map(len, server.requests)) == [6, 32, 32]
    assert client.read_many([]) == []


def test_the_bad_one_of_many_images_is_named(client):
    with pytest.raises(BadImage, match="image 3 was refused"):
        client.read_many([b"a", b"b", b"bad", b"c", b"bad"], batch_size=4)


@pytest.mark.parametrize(("batch_size", "concurrency"), [(1, 1), (1, 8), (3, 2), (32, 4), (1000, 1)])
def test_a_stream_yields_a_result_for_each_image_in_order(client, tmp_path, batch_size, concurrency):
    images = [b"bad" if i % 7 == 3 else tmp_path / "none" if i % 11 == 5 else f"line {i}".encode() for i in range(100)]
    outcomes = list(client.read_stream(iter(images), batch_size, concurrency))
    for i, (image, outcome) in enumerate(zip(images, outcomes, strict=True)):
        if image == b"bad":
            assert str(outcome).startswith(f"image {i + 1} was refused")
        elif isinstance(image, bytes):
            assert outcome.text.encode() == image
        else:
            assert "none cannot be read" in str(outcome)


def test_an_endless_stream_holds_few_images_in_memory(client):
    taken = itertools.count()
    stream = client.read_stream((str(next(taken)).encode() for _ in itertools.count()), batch_size=5, concurrency=3)
    assert [next(stream).text for _ in range(101)] == [str(i) for i in range(101)]
    stream.close()
    assert next(taken) == 115  # 20 batches and one image were yielded, and the next three batches are taken


def test_at_most_concurrency_requests_run_at_the_same_time(serve):
    running, most, lock = 0, 0, threading.Lock()

    def read(content):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return Reading(content.decode(), 1.0, ())

    with Client(serve(read).target) as client:
        assert len(list(client.read_stream([b"a"] * 20, batch_size=1, concurrency=3))) == 20
    assert most == 3


def test_closing_a_stream_does_not_wait_for_answers(server, client):
    stream = client.read_stream(itertools.repeat(b"a"), batch_size=1, concurrency=2)
    next(stream)
    server.delay = 1.0
    next(stream)  # was sent before
    client.close()
    stream.close()
    assert sum(map(len, server.requests)) <= 4


def test_sizes_are_checked_before_an_image_is_taken(client):
    with pytest.raises(UsageError, match="batch_size must be at least 1, but is 0"):
        client.read_stream(iter([]), batch_size=0)


def test_a_request_may_be_large(serve):
    large = serve(
        lambda content: Reading("x" * len(content), 1.0, ()), options=[("grpc.max_receive_message_length", -1)]
    )
    with Client(large.target) as client:
        assert len(client.read(bytes(10_000_000)).text) == 10_000_000


def test_a_batch_that_is_too_large_is_split(serve):
    small = serve(options=[("grpc.max_receive_message_length", 1000)])
    with Client(small.target) as client:
        outcomes = list(client.read_stream([b"a" * 300, b"b" * 300, b"c" * 3000, b"d" * 300], concurrency=1))
    assert [isinstance(outcome, BadImage) for outcome in outcomes] == [False, False, True, False]
    assert "image 3 was refused" in str(outcomes[2])
    assert "larger than max" in str(outcomes[2])


def test_requests_to_an_unavailable_server_are_retried(serve):
    server = serve(lambda content: Reading(str(len(content)), 1.0, ()))
    with Client(server.target) as client:
        for size in (1, 2_000_000):  # above the 256 KiB that gRPC keeps for retries by default
            server.requests.clear()
            server.faults.extend([UNAVAILABLE] * 3)
            assert client.read(bytes(size)).text == str(size)
            assert len(server.requests) == 4


def test_retries_are_limited(server):
    server.faults.extend([UNAVAILABLE] * 9)
    with Client(server.target, retries=1) as client, pytest.raises(ServerBusy, match="queue .* is full"):
        client.read(b"a")
    assert len(server.requests) == 2
    with Client(server.target, retries=0) as client, pytest.raises(ServerBusy):
        client.read(b"a")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "code",
    [code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE", "CANCELLED", "INVALID_ARGUMENT")],
)
def test_other_failures_are_not_retried(server, client, code):
    server.faults.append((code, "broken"))
    with pytest.raises(ServerError):
        client.read(b"a")
    assert len(server.requests) == 1


def test_a_slow_server_exceeds_the_deadline(server):
    server.delay = 1.0
    with Client(server.target, timeout=0.1) as client:
        with pytest.raises(ServerTimeout, match=r"did not answer within 0\.1 s"):
            client.read(b"a")


def test_retries_stay_within_the_deadline(free_port):
    with Client(f"127.0.0.1:{free_port}", timeout=0.3) as client:
        with pytest.raises((ServerTimeout, ServerUnavailable)):
            client.read(b"a")


def test_the_error_names_a_missing_server(free_port):
    with Client(f"localhost:{free_port}") as client:
        with pytest.raises(ServerUnavailable, match=f"No server answers at localhost:{free_port} .Connection refused"):
            client.read(b"a")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"model": "other"}, "does not serve model 'other'"),
        ({"version": 3}, "does not serve version 3 of model 'lines'"),
        ({"label": "beta"}, "does not serve label 'beta' of model 'lines'"),
    ],
)
def test_the_error_names_an_unknown_model_version_or_label(server, choice, words):
    with Client(server.target, **choice) as client, pytest.raises(UnknownModel, match=words):
        client.read(b"a")


def test_a_version_or_a_label_can_be_chosen(server):
    server.states, server.labels = {1: "AVAILABLE", 2: "AVAILABLE"}, {"stable": 1}
    for choice in ({"version": 2}, {"label": "stable"}):
        with Client(server.target, **choice) as client:
            assert client.read(b"a").text == "a"


def test_an_http_server_is_a_wrong_server():
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Silent(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Silent) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        with Client(f"127.0.0.1:{page.server_port}") as client:
            with pytest.raises(WrongServer, match="is not a gRPC server.* 8500 by default"):
                client.read(b"a")
        page.shutdown()


def test_a_grpc_server_of_other_services_is_a_wrong_server():
    from concurrent.futures import ThreadPoolExecutor

    other = grpc.server(ThreadPoolExecutor(1))
    target = f"127.0.0.1:{other.add_insecure_port('127.0.0.1:0')}"
    other.start()
    with Client(target) as client:
        for ask in (lambda: client.read(b"a"), client.status, client.is_ready):
            with pytest.raises(WrongServer, match="is a gRPC server, but not a model server"):
                ask()
    other.stop(None).wait()


def test_status_returns_the_models_versions(server, client):
    server.states = {1: "END", 2: "AVAILABLE"}
    assert client.status() == (VersionStatus(1, "END"), VersionStatus(2, "AVAILABLE"))
    with Client(server.target, version=2) as single:
        assert single.status() == (VersionStatus(2, "AVAILABLE"),)
    with Client(server.target, "other") as unknown, pytest.raises(UnknownModel, match="any versions of"):
        unknown.status()


@pytest.mark.parametrize("healthy", [True, None])
def test_a_server_is_ready_when_the_model_is_available(server, client, healthy):
    server.healthy = healthy
    assert client.is_ready()
    server.states = {1: "LOADING"}
    assert not client.is_ready()
    assert "1 is LOADING" in client.obstacle()


def test_a_server_that_shuts_down_is_not_ready(server, client):
    server.healthy = False
    assert not client.is_ready()
    server.stop()
    assert not client.is_ready()


def test_waiting_ends_when_the_model_is_available(server, client):
    server.states = {1: "LOADING"}
    threading.Timer(0.3, lambda: setattr(server, "states", {1: "AVAILABLE"})).start()
    client.wait_until_ready(30)
    assert server.states == {1: "AVAILABLE"}


def test_a_wait_that_times_out_says_why(server, client, free_port):
    server.states = {1: "LOADING"}
    with pytest.raises(ServerTimeout, match=r"was not ready within 0\.3 s\. No version .* 1 is LOADING"):
        client.wait_until_ready(0.3)
    with Client(f"127.0.0.1:{free_port}") as absent, pytest.raises(ServerTimeout, match="No server answers"):
        absent.wait_until_ready(0.3)


def test_a_server_that_starts_late_is_found(serve, free_port):
    with Client(f"127.0.0.1:{free_port}") as client:
        threading.Timer(0.5, lambda: serve(port=free_port)).start()
        client.wait_until_ready(30)
        assert client.read(b"a").text == "a"


def test_a_closed_client_cannot_be_used(client):
    client.close()
    client.close()
    with pytest.raises(UsageError, match="The client is closed"):
        client.read(b"a")


def test_closing_ends_running_requests(server, client):
    server.delay = 1.0
    failures = []

    def read():
        try:
            client.read(b"a")
        except ServerError as error:
            failures.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    while not server.requests:
        time.sleep(0.01)
    client.close()
    thread.join(2)
    assert not thread.is_alive()
    assert "because the client was closed" in failures[0]


SERVER = """
import sys, time
from kerasrec.decoding import Reading
from kerasrec.serving.client.testing import FakeServer
server = FakeServer(lambda content: Reading("ok", 1.0, ()), port=int(sys.argv[1]))
print("up", flush=True)
time.sleep(600)
"""


def test_the_client_recovers_from_a_server_killed_under_load(free_port):
    def start():
        process = subprocess.Popen([sys.executable, "-c", SERVER, str(free_port)], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"up\n"
        return process

    results, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            begin = time.monotonic()
            try:
                outcome = client.read(b"a").text
            except ServerError as error:
                outcome = error
            results.append((outcome, begin, time.monotonic()))

    process = start()
    with Client(f"127.0.0.1:{free_port}", timeout=5.0) as client:
        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        process.kill()
        process.communicate()
        killed = time.monotonic()
        while not any(end > killed + 1 and isinstance(outcome, ServerError) for outcome, _, end in results):
            time.sleep(0.05)
        process = start()
        back = time.monotonic()
        while sum(outcome == "ok" and begin > back for outcome, begin, _ in results) < 100:
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
    process.kill()
    process.communicate()
    failures = [outcome for outcome, _, _ in results if outcome != "ok"]
    assert failures
    assert {type(failure) for failure in failures} <= {ServerUnavailable}
    assert all(end - begin < 10 for _, begin, end in results)


def test_the_client_imports_neither_tensorflow_nor_keras():
    code = (
        "import kerasrec.serving.client, sys; "
        "print(*({'keras', 'tensorflow', 'tensorflow_serving', 'PIL', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []
