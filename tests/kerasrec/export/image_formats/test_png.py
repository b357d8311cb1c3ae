"""PNG of every colour type and depth, interlaced or not, with and without transparency, is read as Pillow reads it."""

import struct
import zlib

import numpy as np
import pytest

from kerasrec.export.image_formats import MOST_TEXTS

HEIGHT, WIDTH = 9, 21
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16)]
KINDS += [(6, 8), (6, 16)]
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pack(rows: np.ndarray, depth: int) -> bytes:
    """Packs rows (H, W, C) of samples, each after the number of its filter."""
    bits = (rows.reshape(len(rows), -1)[:, :, None] >> np.arange(depth)[::-1]) & 1
    packed = np.packbits(bits.reshape(len(rows), -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed)


def png(samples: np.ndarray, depth: int, colour: int, interlaced: bool = False, chunks: bytes = b"") -> bytes:
    height, width = samples.shape[:2]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    pixels = zlib.compress(b"".join(pack(part, depth) for part in parts if part.size))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    ends = chunk(b"IDAT", pixels[:20]) + chunk(b"IDAT", pixels[20:]) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + ends


def noise(colour: int, depth: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**depth, (HEIGHT, WIDTH, CHANNELS[colour]))


def palette(depth: int) -> bytes:
    return chunk(b"PLTE", np.random.default_rng(1).integers(0, 256, 3 * 2**depth, np.uint8).tobytes())


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_is_read_as_pillow_reads_it(colour, depth, interlaced, same):
    chunks = palette(depth) if colour == 3 else b""
    grey = same(png(noise(colour, depth), depth, colour, interlaced, chunks))
    assert grey.std() > 5


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("opacity", [b"\0", b"\xff\0", b"\x50\xff"])
def test_a_palette_may_be_transparent(depth, opacity, same):
    same(png(noise(3, depth), depth, 3, chunks=palette(depth) + chunk(b"tRNS", opacity)))


@pytest.mark.parametrize("key", [0, 1, 200])
@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)])
def test_one_colour_may_be_transparent(colour, depth, key, same):
    samples, key = noise(colour, depth), min(key, 2**depth - 1)
    samples[:, :4] = key
    transparent = chunk(b"tRNS", struct.pack(">H", key) * CHANNELS[colour])
    same(png(samples, depth, colour, chunks=transparent))


def test_a_transparent_colour_becomes_paper(same):
    samples = np.full((HEIGHT, WIDTH, 1), 70)
    samples[3:6, 5:9] = 20
    grey = same(png(samples, 8, 0, chunks=chunk(b"tRNS", b"\0\x46")))
    assert (grey[0, 0], grey[4, 6]) == (255, 20)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation, order, exif, same):
    grey = same(png(noise(0, 8), 8, 0, chunks=chunk(b"eXIf", exif(orientation, order))))
    assert grey.shape == ((WIDTH, HEIGHT) if orientation >= 5 else (HEIGHT, WIDTH))


def test_the_size_is_checked_before_a_pixel_is_decoded(refusal):
    header = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 40_000, 8, 6, 0, 0, 0))
    assert "at most 33554432 px, but received one of 30000 x 40000 px" in refusal(header)
    largest = struct.pack(">IIBBBBB", 2**32 - 1, 2**32 - 1, 8, 6, 0, 0, 0)
    assert "of 4294967295 x 4294967295 px" in refusal(header[:8] + chunk(b"IHDR", largest))


@pytest.mark.parametrize(("name", "start"), [(b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0")])
def test_many_compressed_texts_are_refused(name, start, same, refusal):
    text = chunk(name, start + zlib.compress(bytes(1000)))
    same(png(noise(0, 8), 8, 0, chunks=text * MOST_TEXTS))
    assert "at most 16 compressed texts" in refusal(png(noise(0, 8), 8, 0, chunks=text * (MOST_TEXTS + 1)))


@pytest.mark.parametrize("length", [8, 20, 33, 60, -10])
def test_a_truncated_file_is_refused(length, refusal):
    assert any(word in refusal(png(noise(2, 8), 8, 2)[:length]) for word in ("Invalid PNG", "at least 4 px"))
