"""Reading with a server: what is sent for each kind of file, and each source with its result."""

import io
import itertools
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.serving.client import Client
from kerasrec.serving.client.testing import FakeServer
from kerasrec.serving.remote import open_picture, read_images
from kerasrec.serving.wire import MOST_SCANS, SCAN


@pytest.fixture
def server():
    """A server that reads the size of an image, and refuses bytes that it cannot open."""

    def read(content):
        try:
            with Image.open(io.BytesIO(content)) as image:
                return Reading(f"{image.width}x{image.height}", 1.0, ())
        except OSError as error:
            raise BadImage("no image") from error

    with FakeServer(read) as made:
        yield made


@pytest.fixture
def client(server):
    with Client(server.target) as made:
        yield made


def picture(mode="RGB", width=60):
    pixels = np.full((30, width, 3), 240, np.uint8)
    pixels[10:20, 20:40] = (10, 60, 90)
    return Image.fromarray(pixels).convert(mode)


def encode(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


TEXT = PngInfo()
TEXT.add_text("a", "b", zip=True)


@pytest.mark.parametrize(
    "content",
    [
        encode(picture(), "PNG"),
        encode(picture("P"), "PNG"),
        encode(picture("RGBA"), "PNG"),
        encode(picture(), "PNG", dpi=(300, 300)),
        encode(picture(), "JPEG", progressive=True),
        encode(picture("L"), "JPEG", quality=30),
    ],
)
def test_common_png_and_jpeg_are_sent_unchanged(server, client, content, tmp_path):
    (tmp_path / "line").write_bytes(content)  # whatever its name
    sources = [ImageSource("stdin", content), ImageSource("line", tmp_path / "line")]
    assert [outcome.text for _, outcome in read_images(client, sources)] == ["60x30", "60x30"]
    assert server.requests == [[content, content]]


@pytest.mark.parametrize(
    "content",
    [
        *(encode(picture(mode), format) for mode, format in itertools.product("1LP", ["TIFF", "BMP", "GIF"])),
        encode(picture("I;16"), "TIFF"),
        encode(picture("F"), "TIFF"),
        encode(picture("CMYK"), "TIFF"),
        encode(picture(), "WEBP"),
        encode(picture("P"), "GIF", transparency=0),
        encode(picture("CMYK"), "JPEG"),
        encode(picture(), "PNG", pnginfo=TEXT),
        encode(picture(), "PNG")[:-12],
        encode(picture(), "JPEG") + SCAN * (MOST_SCANS + 1),
    ],
)
def test_other_files_are_sent_as_the_grey_values_of_load_image(server, client, content):
    ((_, outcome),) = read_images(client, [ImageSource("line", content)])
    assert outcome.text == "60x30"
    ((sent,),) = server.requests
    with Image.open(io.BytesIO(sent)) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        np.testing.assert_array_equal(np.asarray(image), load_image(content))


def test_an_image_turned_by_its_exif_data_is_sent_upright(client):
    exif = Image.Exif()
    exif[0x0112] = 6
    ((_, outcome),) = read_images(client, [ImageSource("line", encode(picture(), "TIFF", exif=exif))])
    assert outcome.text == "30x60"


def test_a_page_is_sent_alone(tmp_path):
    pages = [picture("L", width) for width in (60, 70)]
    pages[0].save(tmp_path / "two.tif", save_all=True, append_images=pages[1:])
    for source in (
        ImageSource("two.tif#2", tmp_path / "two.tif", 2),
        ImageSource("two.tif#2", f"{tmp_path}/two.tif#2"),
        ImageSource("stdin#2", (tmp_path / "two.tif").read_bytes(), 2),
    ):
        sent = open_picture(source)
        assert sent.name == source.name
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(sent.content))), np.asarray(pages[1]))


def test_what_load_image_refuses_is_not_sent(server, client):
    content = encode(picture(), "JPEG", quality=95)
    ((_, outcome),) = read_images(client, [ImageSource("cut", content[:-60] + b"\xff\xd9")])
    assert "cut is damaged: its last rows are missing" in str(outcome)
    assert server.requests == []


def test_each_source_has_its_result(client, tmp_path):
    good = [ImageSource(f"{width} px", encode(picture(width=width), "PNG")) for width in range(40, 60)]
    sources = [
        *good[:7],
        ImageSource("none", tmp_path / "none.png"),
        ImageSource("empty", b""),
        ImageSource("torn", b"\x89PNG\r\n\x1a\n" + b"torn"),
        *good[7:],
        ImageSource("text", b"no image"),
        ImageSource("folder", tmp_path),
    ]
    outcomes = list(read_images(client, iter(sources), batch_size=3))
    assert [source for source, _ in outcomes] == sources
    readings = {source.name: outcome for source, outcome in outcomes}
    assert [readings[source.name].text for source in good] == [f"{width}x30" for width in range(40, 60)]
    words = {
        "none": "none cannot be read as an image: No such file or directory",
        "empty": "empty is empty: it has 0 bytes",
        "torn": "torn is not an image",
        "text": "text is not an image",
        "folder": "folder cannot be read as an image: Is a directory",
    }
    for name, problem in words.items():
        assert isinstance(readings[name], BadImage)
        assert str(readings[name]).startswith(problem)


def test_the_ink_chooses_the_signature(server, client):
    list(read_images(client, [ImageSource("line", encode(picture(), "PNG"))], ink="light"))
    assert server.signatures == ["light_ink"]


def test_an_image_without_text_is_reported(caplog):
    with FakeServer(lambda content: Reading("", 1.0, ())) as silent, Client(silent.target) as client:
        list(read_images(client, [ImageSource("line.png", encode(picture(), "PNG"))]))
    (record,) = caplog.records
    assert record.getMessage().startswith("line.png: no text was read. To see why, read it without a server")


def test_few_images_are_open_at_a_time(client):
    taken = itertools.count()

    def endless():
        content = encode(picture(), "PNG")
        for number in taken:
            yield ImageSource(str(number), content)

    outcomes = read_images(client, endless(), batch_size=2)
    assert [source.name for source, _ in itertools.islice(outcomes, 5)] == ["0", "1", "2", "3", "4"]
    assert next(taken) <= 5 + 2 * 4


def test_remote_imports_neither_tensorflow_nor_keras():
    code = "import kerasrec.serving.remote, sys; print(*({'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []
