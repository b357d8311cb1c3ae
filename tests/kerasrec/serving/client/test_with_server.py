"""The client with kerasrec's own server over gRPC, with a toy model that returns an image's size."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage, ServerBusy, ServerError, ServerUnavailable, UnknownModel, WrongServer
from kerasrec.images.files import ImageSource
from kerasrec.serving.client import TLS, AsyncClient, Client, VersionStatus
from kerasrec.serving.client.load import measure_load
from kerasrec.serving.remote import read_images


def target(server):
    return f"127.0.0.1:{server.ports.grpc}"


@pytest.fixture
def server(start_server, toy_folder):
    return start_server(toy_folder)


@pytest.fixture
def client(server):
    with Client(target(server)) as made:
        yield made


def test_an_image_is_read(client, png):
    reading = client.read(png(width=45, height=30, grey=51))
    assert reading == Reading(
        "v1-30x45",
        pytest.approx(0.2),
        tuple(Character(text, 0.5, 10.0 * i, 10.0 * (i + 1)) for i, text in enumerate("v1-3")),
    )


def test_many_images_of_different_widths_come_in_order(client, png):
    widths = [20 + 7 * (i % 9) for i in range(100)]
    for batch_size in (1, 5, 100):  # the server takes 32
        readings = list(client.read_stream([png(width=width) for width in widths], batch_size))
        assert [reading.text for reading in readings] == [f"v1-28x{width}" for width in widths]
        assert [len(reading.characters) for reading in readings] == [min(width // 10, 8) for width in widths]


def test_the_bad_ones_of_many_images_are_named(client, png):
    images = [b"" if i == 3 else b"no image" if i in (4, 20) else png(width=30 + i) for i in range(40)]
    outcomes = list(client.read_stream(images))
    assert [i for i, outcome in enumerate(outcomes) if isinstance(outcome, BadImage)] == [3, 4, 20]
    assert "image 21 was refused by 127.0.0.1" in str(outcomes[20])
    assert "Unknown image file format" in str(outcomes[20])
    assert "[[" not in str(outcomes[20])
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Reading)] == [
        f"v1-28x{30 + i}" for i in range(40) if i not in (3, 4, 20)
    ]


def test_a_request_above_the_largest_message_is_split(start_server, toy_folder):
    noise = np.random.default_rng(0).integers(0, 256, (100, 300), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")  # 30 KB
    small = start_server(toy_folder, message_bytes=100_000)
    with Client(target(small)) as client:
        assert [reading.text for reading in client.read_many([file.getvalue()] * 8)] == ["v1-100x300"] * 8


def test_files_of_every_format_are_read(client, tmp_path, png):
    sources = []
    for suffix in ("png", "jpg", "tif", "bmp", "gif", "webp"):
        Image.open(io.BytesIO(png(width=50))).save(tmp_path / f"line.{suffix}")
        sources.append(ImageSource(suffix, tmp_path / f"line.{suffix}"))
    assert [(source.name, outcome.text) for source, outcome in read_images(client, sources)] == [
        (source.name, "v1-28x50") for source in sources
    ]


def test_versions_and_labels_can_be_chosen(start_server, toy_model, tmp_path, png):
    from google.protobuf import text_format
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    for version in (1, 2):
        toy_model(tmp_path, version)
    text = f"""model_config_list {{ config {{ name: "lines" base_path: "{tmp_path}" model_platform: "tensorflow"
        model_version_policy {{ all {{}} }} version_labels {{ key: "stable" value: 1 }} }} }}"""
    server = start_server(text_format.Parse(text, ModelServerConfig()))
    for choice, tag in (({}, "v2-"), ({"version": 1}, "v1-"), ({"version": 2}, "v2-"), ({"label": "stable"}, "v1-")):
        with Client(target(server), **choice) as client:
            assert client.read(png()).text == f"{tag}28x40"
            assert client.is_ready()
    with Client(target(server)) as client:
        assert client.status() == (VersionStatus(1, "AVAILABLE"), VersionStatus(2, "AVAILABLE"))
    for choice in ({"version": 3}, {"label": "beta"}, {"model": "other"}):
        with Client(target(server), **choice) as client, pytest.raises(UnknownModel, match="does not serve"):
            client.read(png())


def test_the_ink_chooses_the_signature(client, png):
    assert client.read(png(), ink="dark").text == "dark-v1-28x40"
    with pytest.raises(WrongServer, match="without the signature light_ink.*Export it again with this version"):
        client.read(png(), ink="light")


def test_a_model_with_other_signatures_is_a_wrong_server(start_server, tmp_path):
    import tensorflow as tf

    module = tf.Module()
    double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec((None,), tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path / "1"), signatures={"serving_default": double})
    with Client(target(start_server(tmp_path))) as client:
        with pytest.raises(WrongServer, match="was not written by `kerasrec export`"):
            list(client.read_stream([b"a", b"b"]))


def test_mutual_tls(start_server, toy_folder, certificates, png):
    from kerasrec.serving.server.tls import ServerTLS

    files = {name: certificates / name for name in ("server.pem", "server.key", "ca.pem")}
    server = start_server(toy_folder, tls=ServerTLS(*files.values()))
    tls = TLS(certificates / "ca.pem", certificates / "client.pem", certificates / "client.key")
    with Client(target(server), tls=tls) as client:
        assert client.is_ready()
        assert client.read(png()).text == "v1-28x40"

    async def read():
        async with AsyncClient(f"localhost:{server.ports.grpc}", tls=tls) as client:
            return await client.read(png())

    assert asyncio.run(read()).text == "v1-28x40"
    with Client(target(server), retries=0) as client, pytest.raises(ServerUnavailable, match="requires TLS"):
        client.read(png())


def test_a_full_queue_is_a_busy_server(start_server, toy_folder, png):
    server = start_server(toy_folder, max_batch_size=1, max_enqueued_batches=1, threads=1)

    async def read_all():
        async with AsyncClient(target(server), retries=0, timeout=30.0) as client:
            reads = (client.read(png(width=2000, height=1000)) for _ in range(64))
            return await asyncio.gather(*reads, return_exceptions=True)

    outcomes = asyncio.run(read_all())
    assert {type(outcome) for outcome in outcomes} == {Reading, ServerBusy}
    assert "too busy" in str(next(each for each in outcomes if isinstance(each, ServerBusy)))


def test_a_new_version_is_loaded_without_failures(start_server, toy_model, tmp_path, png):
    toy_model(tmp_path, 1)
    server = start_server(tmp_path, poll_seconds=0.05)
    seen, image = [], png()
    with Client(target(server), retries=0) as client:
        threading.Timer(0.2, lambda: toy_model(tmp_path, 2)).start()
        end = time.monotonic() + 30
        while "v2-28x40" not in seen and time.monotonic() < end:
            seen.append(client.read(image).text)
    assert set(seen) == {"v1-28x40", "v2-28x40"}


def test_a_load_test_runs(server, png):
    images = [png(width=width) for width in (40, 90, 60)]
    report = asyncio.run(measure_load(lambda: AsyncClient(target(server), retries=0), images, 8, 200))
    assert (len(report.taken), report.errors, report.is_complete) == (200, {}, True)


SERVE = """
import sys
from kerasrec_cli.main import app
app(["serve", sys.argv[1], "--port", sys.argv[2], "--rest-port", "0"])
"""


@pytest.mark.slow
def test_the_client_recovers_from_a_server_killed_under_load(toy_folder, free_port, png):
    """kill -9 of `kerasrec serve` under eight clients: all fail within their deadlines, and recover when it is back."""

    def start():
        return subprocess.Popen(
            [sys.executable, "-c", SERVE, str(toy_folder), str(free_port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    results, stop, image = [], threading.Event(), png()

    def read():
        while not stop.is_set():
            begin = time.monotonic()
            try:
                outcome = client.read(image).text
            except ServerError as error:
                outcome = error
            results.append((outcome, begin, time.monotonic()))

    process = start()
    try:
        with Client(f"127.0.0.1:{free_port}") as client:
            client.wait_until_ready(60)
            threads = [threading.Thread(target=read) for _ in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(1)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            assert not client.is_ready()
            process = start()
            client.wait_until_ready(60)
            back = time.monotonic()
            while sum(outcome == "v1-28x40" and begin > back for outcome, begin, _ in results) < 100:
                time.sleep(0.05)
            stop.set()
            for thread in threads:
                thread.join()
    finally:
        stop.set()
        process.kill()
        process.communicate()
    failures = [outcome for outcome, _, _ in results if outcome != "v1-28x40"]
    assert failures
    assert {type(failure) for failure in failures} <= {ServerUnavailable}
    assert all(end - begin < 10 for _, begin, end in results)
    assert not [outcome for outcome, begin, _ in results if begin > back + 2 and outcome != "v1-28x40"]
