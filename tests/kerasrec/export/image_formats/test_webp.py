"""WebP is read as Pillow reads it; animations and bare bit streams are refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

HEIGHT, WIDTH = 13, 38


def pixels(channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, channels), np.uint8)


def webp(values: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "WEBP", **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def extended(flags: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_values_are_those_of_pillow(channels, lossless, same):
    assert same(webp(pixels(channels), lossless=lossless)).std() > 10


def test_an_opaque_and_a_partly_opaque_image(same):
    values = pixels(4)
    values[..., 3] = 255
    same(webp(values, lossless=True, exact=True))
    values[3:9, 3:9, 3] = 0
    same(webp(values, lossless=True, exact=True))
    same(webp(values))


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation, lossless, exif, same):
    bits = webp(pixels(3), lossless=lossless)[12:]
    plain = riff(extended(8), bits, chunk(b"EXIF", exif(orientation)))
    assert same(plain).shape == ((WIDTH, HEIGHT) if orientation >= 5 else (HEIGHT, WIDTH))
    same(riff(extended(8), bits, chunk(b"EXIF", b"Exif\0\0" + exif(orientation, "big"))))
    assert same(riff(extended(0), bits, chunk(b"EXIF", exif(orientation)))).shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_an_animation_is_refused(channels, lossless, refusal):
    """TensorFlow 2.21 crashes the process on one without opacity."""
    images = [Image.fromarray(pixels(channels, seed)) for seed in range(3)]
    file = io.BytesIO()
    images[0].save(file, "WEBP", save_all=True, append_images=images[1:], lossless=lossless)
    message = "Expected a WebP with one frame, but received an animation. Save its first frame."
    assert message in refusal(file.getvalue())
    flags = file.getvalue()[20]
    for changed in (flags ^ 0x10, 0xFF, 0x02):
        assert message in refusal(file.getvalue()[:20] + bytes([changed]) + file.getvalue()[21:])
    still = file.getvalue()[:20] + bytes([flags & ~2]) + file.getvalue()[21:]
    assert "Failed to decode WebP" in refusal(still)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_bare_bit_stream_is_refused(lossless, refusal):
    bits = webp(pixels(3), lossless=lossless)[20:]
    for data in (riff(bits), riff(chunk(b"ALPH", b"abc"), bits), riff(chunk(b"ABCD", b"abc"), bits)):
        assert "Expected a WebP, but received one with a damaged header" in refusal(data)


@pytest.mark.parametrize("lossless", [False, True])
def test_the_size_is_checked_before_a_pixel_is_decoded(lossless, refusal):
    bits = webp(pixels(3), lossless=lossless)[12:]
    assert "received one of 16777216 x 16777216 px" in refusal(riff(extended(0, 2**24, 2**24), bits))
    assert "Failed to decode WebP header" in refusal(riff(extended(0, WIDTH + 1, HEIGHT), bits))
    if lossless:
        largest = bits[:9] + (2**28 - 1).to_bytes(4, "little") + bits[13:]
        assert "received one of 16384 x 16384 px" in refusal(riff(largest))
    else:
        assert "received one of 16383 x 16383 px" in refusal(riff(bits[:14] + b"\xff\xff\xff\xff" + bits[18:]))


@pytest.mark.parametrize("length", [12, 20, 30, -10])
def test_a_truncated_file_is_refused(length, refusal):
    assert any(word in refusal(webp(pixels(3))[:length]) for word in ("WebP", "at least 4 px high"))
