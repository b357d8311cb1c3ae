"""The first frame of a GIF is read as Pillow reads it, and no other is decoded."""

import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasrec.export.formats.gif import decode_gif
from kerasrec.export.headers import read_bytes

HEIGHT, WIDTH = 13, 31
COLOURS = np.random.default_rng(0).integers(0, 256, 768, np.uint8).tobytes()
CONTROL = b"\x21\xf9\x04%c\5\0%c\0"
COMMENT = b"\x21\xfe\xff" + bytes(255) + b"\3abc\0"


def blocks(data: bytes, size: int = 255) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def compress(numbers: np.ndarray, bits: int = 8) -> bytes:
    """Codes of one pixel each, with a code to start anew before they would become longer."""
    codes = []
    for i, number in enumerate(numbers.tolist()):
        codes += [2**bits, number] if i % (2**bits - 2) == 0 else [number]
    codes = np.array([*codes, 2**bits + 1])
    return np.packbits((codes[:, None] >> np.arange(bits + 1)) & 1, bitorder="little").tobytes()


def frame(
    width: int = WIDTH,
    height: int = HEIGHT,
    left: int = 0,
    top: int = 0,
    flags: int = 0,
    own: bytes = b"",
    n: int = 256,
) -> bytes:
    numbers = np.random.default_rng(1).integers(0, n, width * height)
    return struct.pack("<BHHHHB", 0x2C, left, top, width, height, flags) + own + b"\x08" + blocks(compress(numbers))


def gif(*parts: bytes, colours: bytes = COLOURS, width: int = WIDTH, height: int = HEIGHT, ground: int = 0) -> bytes:
    flags = 0x80 | (len(colours) // 3).bit_length() - 2 if colours else 0
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, ground, 0) + colours + b"".join(parts) + b";"


@pytest.mark.parametrize(
    "data",
    [
        gif(frame()),
        b"GIF87a" + gif(frame())[6:],
        gif(frame(), colours=b""),
        gif(frame(), colours=COLOURS[:48]),
        gif(frame(flags=0x87, own=COLOURS[::-1])),
        gif(frame(flags=0x83, own=COLOURS[:48], n=16), colours=b""),
        gif(frame(flags=0x40)),
        gif(COMMENT, CONTROL % (0, 0), COMMENT, frame()),
        gif(frame())[:-1],
    ],
    ids=["plain", "87a", "no colours", "few colours", "own", "only own", "interlaced", "extensions", "no trailer"],
)
def test_it_is_read_as_pillow_reads_it(data, same):
    assert same(data).std() > 10


@pytest.mark.parametrize(
    "parts",
    [
        [CONTROL % (1, 2), frame(n=4)],
        [CONTROL % (1, 0), frame(n=4)],
        [CONTROL % (0, 2), frame(n=4)],
        [CONTROL % (1, 200), frame(n=4)],
        [CONTROL % (1, 3), CONTROL % (1, 2), frame(n=4)],
        [CONTROL % (1, 3), CONTROL % (0, 2), frame(n=4)],
        [CONTROL % (1, 2), frame(10, 9, 3, 2, n=4)],
    ],
    ids=["one", "the first", "not in use", "one that is not there", "the last said", "said before", "a margin"],
)
def test_one_colour_may_be_transparent(parts, same):
    same(gif(*parts))


@pytest.mark.parametrize("ground", [0, 7])
def test_a_frame_may_be_smaller_than_the_screen_or_leave_it(ground, same):
    assert same(gif(frame(12, 9, 5, 2), ground=ground)).shape == (HEIGHT, WIDTH)
    assert same(gif(frame(), width=10, height=6)).shape == (HEIGHT, WIDTH)
    assert same(gif(frame(left=8, top=3), width=10, height=6)).shape == (HEIGHT + 3, WIDTH + 8)
    assert same(gif(frame(), width=0, height=0)).shape == (HEIGHT, WIDTH)


def test_of_an_animation_the_first_frame_is_read(same):
    assert same(gif(frame(n=9), frame(60, 60), CONTROL % (1, 2), frame(5, 5))).shape == (HEIGHT, WIDTH)
    images = [Image.fromarray(np.full((9, 40), level, np.uint8)) for level in (3, 100, 200)]
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:])
    assert (same(file.getvalue()) == 3).all()


def test_the_decoder_gets_one_frame(monkeypatch):
    """TensorFlow decodes all: thirty frames of 24 million pixels in a file of 500 kB take it 10 s and 700 MB."""
    received, decode_image = [], tf.io.decode_image
    monkeypatch.setattr(
        tf.io, "decode_image", lambda data, **options: [received.append(data), decode_image(data)][1][0]
    )
    for data in (gif(frame()), gif(frame(), *[frame(60, 60)] * 30), gif(COMMENT, frame(), COMMENT)):
        decode_gif.python_function(tf.constant(data), read_bytes(tf.constant(data)))
    assert len({data.numpy() for data in received}) == 1
    assert received[0].numpy().endswith(frame()[10:] + b";")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_what_pillow_writes_is_read(mode, same):
    file = io.BytesIO()
    pixels = np.random.default_rng(2).integers(0, 256, (20, 300, 4), np.uint8)
    Image.fromarray(pixels).convert(mode).save(file, "GIF")
    same(file.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        gif(),
        gif(b"junk", frame()),
        gif(frame(0, 0)),
        gif(frame(0, 9)),
        gif(frame(0, 0), frame()),
        gif(frame())[:-30],
        gif(frame())[:20],
        gif(COMMENT * 500, frame()),
        gif(frame().replace(b"\0\x08\xff", b"\0\x0c\xff", 1)),
    ],
    ids=["none", "junk", "empty", "narrow", "empty first", "cut", "cut colours", "many extensions", "code length"],
)
def test_without_a_whole_frame_it_is_refused(data, refusal):
    assert "Expected a GIF, but received one whose first frame is missing or damaged. Save it again." in refusal(data)


def test_pixels_that_end_too_early_are_refused(refusal):
    short = frame(9, 9).replace(struct.pack("<HH", 9, 9), struct.pack("<HH", WIDTH, HEIGHT))
    assert "Invalid GIF data" in refusal(gif(short))


def test_a_great_screen_is_refused(refusal):
    assert "at most 33554432 px, but received one of 65535 x 65535 px" in refusal(
        gif(frame(), width=65535, height=65535)
    )
    far = frame()[:1] + b"\xff" * 8 + frame()[9:]
    assert "at most 33554432 px, but received one of 131070 x 131070 px" in refusal(gif(far))
