"""`kerasrec read --server`, against a server without a model."""

import csv
import io
import json
import subprocess
import sys
import time

import grpc
import numpy as np
import pytest
from PIL import Image

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.serving.client.testing import FakeServer


@pytest.fixture
def server():
    """A server that reads an image's size as its text."""

    def read(content):
        try:
            with Image.open(io.BytesIO(content)) as image:
                text = f"{image.width}x{image.height}"
        except OSError as error:
            raise BadImage("Unknown image file format.") from error
        return Reading(text, 0.75, tuple(Character(each, 0.5, 10.0 * i, 10.0 * i + 9) for i, each in enumerate(text)))

    with FakeServer(read) as made:
        yield made


@pytest.fixture
def images(tmp_path):
    """A folder of three numbered lines; one is a TIFF, which servers do not decode."""
    folder = tmp_path / "lines"
    folder.mkdir()
    for number, suffix in ((1, "png"), (2, "tif"), (10, "png")):
        Image.fromarray(np.full((30, 50 + number), 255, np.uint8)).save(folder / f"line{number}.{suffix}")
    return folder


def test_all_arguments_are_images(kerasrec, server, images):
    result = kerasrec("read", "--server", server.target, images / "line2.tif", images, "--batch-size", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"{images / 'line2.tif'}\t52x30\t0.7500",
        f"{images / 'line1.png'}\t51x30\t0.7500",
        f"{images / 'line10.png'}\t60x30\t0.7500",
    ]
    assert max(map(len, server.requests)) == 2


def test_the_formats_are_those_of_local_reading(kerasrec, server, images, tmp_path):
    result = kerasrec("read", images / "line1.png", "--server", server.target, "--format", "jsonl")
    found = json.loads(result.stdout)
    assert list(found) == ["path", "text", "confidence", "characters"]
    assert found["characters"][1] == {"text": "1", "confidence": 0.5, "start": 10.0, "end": 19.0}
    out = tmp_path / "readings.csv"
    result = kerasrec("read", "--server", server.target, f"{images}/*", "--format", "csv", "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert [row[1] for row in csv.reader(out.read_text().splitlines())] == ["text", "51x30", "52x30", "60x30"]


def test_an_image_from_standard_input_is_read(kerasrec, server, images):
    result = kerasrec("read", "--server", server.target, "-", input=(images / "line2.tif").read_bytes())
    assert result.stdout == "stdin\t52x30\t0.7500\n"


def test_each_page_is_read(kerasrec, server, tmp_path):
    pages = [Image.fromarray(np.full((30, width), 255, np.uint8)) for width in (51, 52)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    result = kerasrec("read", "--server", server.target, tmp_path, "-", input=(tmp_path / "pages.tif").read_bytes())
    assert result.stdout.splitlines() == [
        f"{tmp_path}/pages.tif#1\t51x30\t0.7500",
        f"{tmp_path}/pages.tif#2\t52x30\t0.7500",
        "stdin#1\t51x30\t0.7500",
        "stdin#2\t52x30\t0.7500",
    ]


def test_an_image_that_the_server_refuses_is_reported(kerasrec, images):
    def refuse(content):
        raise BadImage("too dark")

    with FakeServer(refuse) as server:
        result = kerasrec("read", "--server", server.target, images / "line1.png")
        assert result.stderr == f"Error: {images / 'line1.png'} was refused by {server.target}: too dark.\n"


def test_bad_images_are_reported_and_skipped(kerasrec, server, images):
    (images / "line3.png").write_bytes(b"\x89PNG\r\n\x1a\ntorn")
    (images / "line4.bmp").write_bytes(b"no image")
    result = kerasrec("read", "--server", server.target, images, images / "none.png")
    assert result.exit_code == 1
    assert [line.split("\t")[1] for line in result.stdout.splitlines()] == ["51x30", "52x30", "60x30"]
    *errors, last = result.stderr.splitlines()
    assert errors[0].startswith(f"Error: {images / 'line3.png'} is not an image")
    assert errors[1].startswith(f"Error: {images / 'line4.bmp'} is not an image")
    assert errors[2].startswith(f"Error: {images / 'none.png'} cannot be read as an image: No such file")
    assert last == "3 of 6 images could not be read."


def test_the_ink_chooses_the_signature(kerasrec, server, images):
    assert kerasrec("read", "--server", server.target, images / "line1.png", "--ink", "dark").exit_code == 0
    assert server.signatures == ["dark_ink"]


def test_an_image_without_text_is_reported(kerasrec, images):
    with FakeServer(lambda content: Reading("", 1.0, ())) as silent:
        result = kerasrec("read", "--server", silent.target, images / "line1.png")
    assert (result.exit_code, result.stdout) == (0, f"{images / 'line1.png'}\t\t1.0000\n")
    assert f"{images / 'line1.png'}: no text was read. To see why" in result.stderr


def test_a_version_or_label_is_requested(kerasrec, server, images):
    server.states, server.labels = {3: "AVAILABLE"}, {"stable": 3}
    for option in (("--model-version", 3), ("--label", "stable")):
        assert kerasrec("read", "--server", server.target, images, *option).exit_code == 0
    for option, words in (
        (("--model-version", 4), "does not serve version 4 of model 'lines'"),
        (("--label", "beta"), "does not serve label 'beta' of model 'lines'"),
        (("--model", "other"), "does not serve model 'other'"),
    ):
        result = kerasrec("read", "--server", server.target, images, *option)
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--server", "{server}"], "Expected an image, a folder or a pattern"),
        (["--server", "localhost", "{images}"], "Expected a server's HOST:PORT"),
        (
            ["--server", "{server}", "{images}", "--beam", "4"],
            "--beam has an effect only without --server. A server decides that itself: leave out --beam.",
        ),
        (
            ["--server", "{server}", "{images}", "--language-model", "english"],
            "--language-model has an effect only without --server. A server decides that itself: leave out",
        ),
        (["--server", "{server}", "{images}", "--lm-bonus", "1"], "--lm-bonus has an effect only without --server."),
        (
            ["--server", "{server}", "{images}", "--explain", "steps"],
            "--explain has an effect only without --server. Give a RUN instead, or leave out --explain.",
        ),
        (
            ["--server", "{server}", "{images}", "--precision", "float32"],
            "--precision has an effect only without --server",
        ),
        (["--server", "{server}", "{images}", "--model-version", "1", "--label", "a"], "version 1 and label 'a'"),
        (["--server", "{server}", "{images}/*.jpg"], "*.jpg matches no images"),
        (["--server", "{server}", "{images}", "--out", "{images}"], "is a folder"),
        (["--server", "{server}", "{images}", "--tls-ca", "nowhere.pem"], "nowhere.pem cannot be read"),
        (["run", "{images}", "--model", "lines"], "--model has an effect only with --server"),
        (["run", "{images}", "--tls-ca", "ca.pem"], "--tls-ca has an effect only with --server"),
        (["run", "{images}", "--timeout", "1"], "--timeout has an effect only with --server"),
        (["--server", "{server}", "{images}", "--model-version", "99999999999999999999999"], "9223372036854775807"),
        (["--server", "{server}", "{images}", "--label", "caf\udce9"], "name of a label in UTF-8"),
        ([], "Missing argument 'RUN'"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, server, images, arguments, words):
    result = kerasrec("read", *(each.format(server=server.target, images=images) for each in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
    assert server.requests == []


def test_a_missing_server_is_one_message(kerasrec, server, images):
    server.stop()
    result = kerasrec("read", "--server", server.target, images)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: No server answers at {server.target} (Connection refused). Start it")
    assert len(result.stderr.splitlines()) == 1


def test_a_late_batch_is_halved_and_every_image_is_answered_or_named(kerasrec, images):
    def read(content):
        with Image.open(io.BytesIO(content)) as image:
            if image.width == 110:
                time.sleep(3)
            return Reading(str(image.width), 0.5, ())

    for number in range(63):
        Image.fromarray(np.full((30, 101 + number), 255, np.uint8)).save(images / f"wide{number}.png")
    with FakeServer(read) as server:
        result = kerasrec("read", "--server", server.target, f"{images}/wide*.png", "--timeout", 1)
    assert result.exit_code == 1
    assert [line.split("\t")[1] for line in result.stdout.splitlines()] == [
        str(width) for width in range(101, 164) if width != 110
    ]
    assert result.stderr.splitlines() == [
        f"Error: {images / 'wide9.png'} was not read: {server.target} did not answer within 1 s. It is unreachable or "
        "overloaded: check the server, raise the timeout, or send fewer images at a time.",
        "1 of 63 images could not be read.",
    ]


def test_the_images_that_are_left_when_a_server_fails_are_named(kerasrec, server, images, tmp_path):
    server.faults.extend([(grpc.StatusCode.INTERNAL, "disk failure")] * 3)
    (images / "line0.png").write_bytes(b"no image")  # is answered without the server
    out = tmp_path / "out.csv"
    result = kerasrec("read", "--server", server.target, images, "--batch-size", 1, "--format", "csv", "--out", out)
    assert result.exit_code == 1
    assert [line.partition(" was not read: ")[0] for line in result.stderr.splitlines()[1:4]] == [
        f"Error: {images / f'line{name}'}" for name in ("1.png", "2.tif", "10.png")
    ]
    assert result.stderr.splitlines()[4] == "4 of 4 images could not be read."


def test_it_loads_neither_tensorflow_nor_keras(server, images):
    code = (
        "import sys\nfrom kerasrec_cli.main import app\n"
        f"app(['read', '--server', {server.target!r}, {str(images)!r}], standalone_mode=False)\n"
        "print(*({'keras', 'tensorflow'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.split() == []
