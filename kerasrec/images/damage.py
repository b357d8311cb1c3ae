"""Finds the damage in PNG and JPEG files that Pillow overlooks, and overlooks some that affects no pixel."""

import io
import math
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from kerasrec.errors import BadImage

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
MISSING = {127, 128}
"""The values of all pixels that a JPEG decoder does not find in its file; 127 in colours that Pillow inverts."""

PROBE = bytes(range(1, 65))
"""Bytes that are decoded as pixels only by a decoder that still misses some."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 2**20  # bytes decompressed at once


def list_chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yields the name of each chunk of a PNG, and where its data starts and ends; the last may be incomplete."""
    start = len(PNG_START) + 8
    while start <= len(png):
        end = start + int.from_bytes(png[start - 8 : start - 4], "big")
        yield png[start - 4 : start], start, end
        start = end + 12


def mend_png(png: bytes) -> bytes:
    """Corrects the checksums of all chunks that do not affect the pixels, for which Pillow would refuse the file."""
    mended = bytearray(png)
    for name, start, end in list_chunks(png):
        is_ancillary = name[0] & 0x20 and name != b"tRNS"
        if is_ancillary and end + 4 <= len(png):
            mended[end : end + 4] = zlib.crc32(png[start - 4 : end]).to_bytes(4, "big")
    return bytes(mended)


def check_png_rows(png: bytes, name: str) -> None:
    """Raises BadImage if the pixels of a PNG that Pillow can open end before its last row."""
    width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    expected = 0
    for left, top, across, down in _PASSES if interlaced else [(0, 0, 1, 1)]:
        columns, rows = math.ceil((width - left) / across), math.ceil((height - top) / down)
        if columns > 0 and rows > 0:
            expected += rows * (1 + math.ceil(columns * depth * _CHANNELS[colour] / 8))
    if _count_bytes(png, expected) < expected:
        raise _missing_rows(name)


def _count_bytes(png: bytes, most: int) -> int:
    """Counts the bytes of all pixels of a PNG, up to `most`."""
    inflater, count = zlib.decompressobj(), 0
    pixels = b"".join(png[start:end] for chunk, start, end in list_chunks(png) if chunk == b"IDAT")
    while count < most and not inflater.eof and pixels:
        piece = inflater.decompress(pixels, _PIECE)
        if not piece and not inflater.unconsumed_tail:
            break
        count, pixels = count + len(piece), inflater.unconsumed_tail
    return count


def check_jpeg_rows(jpeg: bytes, image: Image.Image, name: str) -> None:
    """Raises BadImage if the pixels of a JPEG, of which `image` was decoded, end before its last row.

    Decoders fill what is missing with grey, or in a progressive JPEG with what earlier scans said. If so, the JPEG is
    decoded again with more bytes at its end, which change the image only if pixels were missing.
    """
    corner = image.getpixel((image.width - 1, image.height - 1))
    is_suspect = set(corner if isinstance(corner, tuple) else (corner,)) <= MISSING
    if not is_suspect and "progressive" not in image.info:
        return
    before, end, after = jpeg.rpartition(JPEG_END)
    with Image.open(io.BytesIO(before + PROBE + end + after), formats=["JPEG"]) as again:
        if again.tobytes() != image.tobytes():
            raise _missing_rows(name)


def _missing_rows(name: str) -> BadImage:
    return BadImage(f"{name} is damaged: its last rows are missing. Save it again, or copy it again from its source.")
