"""`kerasrec bench-server`, against a server without a model."""

import json
import os
import signal
import subprocess
import sys
import time

import grpc
import numpy as np
import pytest
from PIL import Image

from kerasrec.decoding import Reading
from kerasrec.serving.client.testing import FakeServer


@pytest.fixture
def server():
    with FakeServer(lambda content: Reading("", 1.0, ())) as made:
        yield made


@pytest.fixture
def image(tmp_path):
    Image.fromarray(np.full((28, 60), 255, np.uint8)).save(tmp_path / "line.png")
    return tmp_path / "line.png"


def test_it_prints_throughput_latencies_and_errors(kerasrec, server, image):
    options = ("--clients", 4, "--requests", 40, "--images-per-request", 3)
    result = kerasrec("bench-server", "--server", server.target, *options, image)
    assert (result.exit_code, result.stderr) == (0, "")
    first, throughput, latency, errors = result.stdout.splitlines()
    assert first.startswith("40 requests of 3 images answered in ")
    assert first.endswith(" s, 4 at a time")
    rate, _, _, images, _ = (word.rstrip(",") for word in throughput.split()[1:] + [""])
    assert float(rate.replace(",", "")) > 0
    assert [word for word in latency.split() if word.startswith("p")] == ["p50", "p95", "p99"]
    assert errors.split() == ["errors", "none"]
    assert len(server.requests) == 40


def test_json_and_the_plot_are_written(kerasrec, server, image, tmp_path):
    out = tmp_path / "latencies.png"
    result = kerasrec("bench-server", "--server", server.target, "--requests", 50, "--json", "--out", out, image)
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert (figures["clients"], figures["images_per_request"], figures["answered"]) == (32, 1, 50)
    assert figures["requests_per_second"] == figures["images_per_second"] > 0
    assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"]
    assert figures["errors"] == {}
    with Image.open(out) as picture:
        assert picture.size == (900, 450)


def test_failures_are_counted_and_the_exit_code_is_1(kerasrec, server, image):
    full = "The batch scheduling queue to which this task was submitted is full"
    server.faults.extend([(grpc.StatusCode.UNAVAILABLE, full)] * 2)
    result = kerasrec("bench-server", "--server", server.target, "--clients", 2, "--requests", 9, image)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith("7 requests")
    assert result.stdout.splitlines()[-1].split() == ["errors", "2", "ServerBusy"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{image}"], 2, "Missing option '--server'"),
        (["--server", "{server}"], 2, "Missing argument"),
        (["--server", "{server}", "{image}", "--clients", "0"], 2, "--clients"),
        (["--server", "{server}", "nowhere.png"], 1, "nowhere.png cannot be read as an image"),
        (["--server", "{server}", "{image}", "--model", "other"], 1, "does not serve model 'other'"),
        (["--server", "127.0.0.1:1", "{image}"], 1, "No server answers at 127.0.0.1:1"),
    ],
)
def test_invalid_usage_is_explained(kerasrec, server, image, arguments, code, words):
    result = kerasrec("bench-server", *(each.format(server=server.target, image=image) for each in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_ctrl_c_prints_the_results_so_far(server, image):
    # A shell's background jobs ignore Ctrl-C. It is set here, not between fork and exec, as gRPC has threads.
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from kerasrec_cli import main\nmain.run()"
    arguments = ["bench-server", "--server", server.target, "--requests", "1000000000", str(image)]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while len(server.requests) < 100:
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert " requests of 1 image answered in " in out.splitlines()[0]
    assert out.splitlines()[-1].split() == ["errors", "none"]
    assert err == "Interrupted.\n"


def test_a_folder_as_out_is_refused_before_the_load(kerasrec, server, image, tmp_path):
    result = kerasrec("bench-server", "--server", server.target, "--out", tmp_path, image)
    assert result.exit_code == 2
    assert f"--out must be a file, but {tmp_path} is a folder." in result.output
    assert f"--out {tmp_path / 'latencies.png'}" in result.output
    assert not server.requests
