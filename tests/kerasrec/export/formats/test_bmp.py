"""BMP of every kind that is not compressed is read as Pillow reads it; the others are refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

HEIGHT, WIDTH = 11, 37
PIXELS = np.random.default_rng(0).integers(0, 256, 4 * WIDTH * HEIGHT + 100, np.uint8).tobytes()


def bmp(
    bits: int, height: int = HEIGHT, width: int = WIDTH, header: int = 40, masks: bytes = b"", **fields: int
) -> bytes:
    """A BMP of random pixels and colours; `compression`, `colours` and `offset` as its headers say them."""
    entry, count = (3 if header == 12 else 4), (fields.get("colours") or 2**bits if bits <= 8 else 0)
    palette = np.random.default_rng(1).integers(0, 256, entry * count, np.uint8).tobytes()
    size = (width * bits + 31) // 32 * 4 * abs(height)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        colours, compression = fields.get("colours", 0), fields.get("compression", 0)
        info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, size, 0, 0, colours, 0)
        info = (info + masks).ljust(header, b"\0")
    start = info + palette
    offset = fields.get("offset", 14 + len(start))
    return b"BM" + struct.pack("<IHHI", 14 + len(start) + size, 0, 0, offset) + start + PIXELS[:size]


@pytest.mark.parametrize("header", [12, 40, 56, 64, 108, 124])
@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_every_depth_and_header_is_read_as_pillow_reads_it(bits, header, same):
    assert same(bmp(bits, header=header)).std() > 10
    if header != 12:
        same(bmp(bits, height=-HEIGHT, header=header))


@pytest.mark.parametrize("width", [1, 2, 7, 8, 9, 31, 32, 33])
@pytest.mark.parametrize("bits", [1, 4, 8, 24])
def test_rows_are_filled_up_to_four_bytes(bits, width, same):
    assert same(bmp(bits, width=width)).shape == (HEIGHT, width)


def test_a_palette_may_be_short(same):
    same(bmp(8, colours=20))


@pytest.mark.parametrize("header", [40, 56, 108, 124])
@pytest.mark.parametrize("opacity", [0, 0xFF000000])
def test_masks_of_32_bits_may_tell_of_opacity(header, opacity, same):
    same(bmp(32, header=header, compression=3, masks=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, opacity)))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_what_pillow_writes_is_read(mode, same):
    file = io.BytesIO()
    Image.fromarray(np.frombuffer(PIXELS[:400], np.uint8).reshape(10, 40)).convert(mode).save(file, "BMP")
    same(file.getvalue())


@pytest.mark.parametrize(
    ("data", "bits", "compression"),
    [
        (bmp(16), 16, 0),
        (bmp(8, compression=1), 8, 1),
        (bmp(4, compression=2), 4, 2),
        (bmp(32, header=108, compression=3, masks=struct.pack("<IIII", 255, 255 << 8, 255 << 16, 255 << 24)), 32, 3),
        (bmp(24, header=108, compression=3, masks=struct.pack("<III", 255 << 16, 255 << 8, 255)), 24, 3),
    ],
    ids=["16 bits", "RLE8", "RLE4", "other masks", "masks of 24 bits"],
)
def test_other_kinds_are_refused(data, bits, compression, refusal):
    assert f"but received one of {bits} bits with compression {compression}. Save it as PNG." in refusal(data)


@pytest.mark.parametrize("bits", [0, 2, 7, 33, 65_535])
def test_depths_that_do_not_exist_are_refused(bits, refusal):
    data = bytearray(bmp(24))
    data[28:30] = bits.to_bytes(2, "little")
    assert f"but received one of {bits} bits" in refusal(bytes(data))


@pytest.mark.parametrize("height", [-(2**31), 2**31 - 1, 1 - 2**31, 2**28])
def test_great_sizes_are_refused(height, refusal):
    data = bytearray(bmp(24))
    data[22:26] = height.to_bytes(4, "little", signed=True)
    assert f"at most 33554432 px, but received one of {WIDTH} x {abs(height)} px" in refusal(bytes(data))
    data[18:22] = (2**31 - 1).to_bytes(4, "little")
    assert f"{2**31 - 1} x {abs(height)} px" in refusal(bytes(data))


def test_a_file_that_is_cut_short_is_refused(same, refusal):
    data = bmp(24)
    same(data[:-1])  # the last row need not be filled up
    assert f"at least {len(data) - 1} bytes, by its header, but received {len(data) - 2}" in refusal(data[:-2])
    same(data + b"more")


@pytest.mark.parametrize("offset", [0, 13, 53])
def test_pixels_do_not_stand_in_the_header(offset, refusal):
    assert "Expected a BMP, but received one with a damaged header" in refusal(bmp(24, offset=offset))


@pytest.mark.parametrize("offset", [2**31 - 1, 2**31, 2**32 - 1])
def test_pixels_beyond_the_end_are_refused(offset, refusal):
    assert "Expected a BMP of at least" in refusal(bmp(24, offset=offset))
