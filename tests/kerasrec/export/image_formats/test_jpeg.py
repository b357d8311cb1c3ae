"""JPEG of every kind is read as Pillow reads it."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from kerasrec.images.loading import load_image
from kerasrec.serving.wire import MOST_SCANS


def random_image(mode: str = "RGB", height: int = 24, width: int = 50) -> Image.Image:
    channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, *channels), np.uint8), mode)


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def with_exif(data: bytes, exif: bytes) -> bytes:
    segment = b"Exif\0\0" + exif
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(("mode", "subsampling"), [("L", 0), ("RGB", 0), ("RGB", 1), ("RGB", 2)])
@pytest.mark.parametrize("quality", [40, 95])
def test_values_are_those_of_pillow(mode, subsampling, progressive, quality, same):
    data = jpeg(random_image(mode), subsampling=subsampling, progressive=progressive, quality=quality)
    assert same(data).std() > 10


@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_differs_by_one_at_most(progressive, decode):
    """TensorFlow rounds down where Pillow rounds to the nearest."""
    light = Image.fromarray(np.asarray(random_image("CMYK")) // 4, "CMYK")
    data = jpeg(light, progressive=progressive)
    difference = np.abs(decode(data) - load_image(data))
    assert 0 < difference.max() <= 1


def test_dark_cmyk_is_refused(refusal):
    """TensorFlow cannot tell inverted colours from dark ones."""
    assert "Save it as RGB" in refusal(jpeg(random_image("CMYK")))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientation_is_applied(orientation, order, exif, same):
    grey = same(with_exif(jpeg(random_image()), exif(orientation, order)))
    assert grey.shape == ((50, 24) if 5 <= orientation <= 8 else (24, 50))


@pytest.mark.parametrize("options", [{"kind": 4}, {"gap": 9_000}, {"kind": 4, "order": "big", "gap": 7}])
def test_exif_may_have_other_layouts(options, exif, same):
    assert same(with_exif(jpeg(random_image()), exif(6, **options))).shape == (50, 24)


@pytest.mark.parametrize("exif", [b"", b"II*\0", b"\xff" * 50, b"MM\0*\0\0\0\x08\0\5"], ids=len)
def test_broken_exif_data_is_ignored(exif, decode):
    plain = jpeg(random_image())
    np.testing.assert_array_equal(decode(with_exif(plain, exif)), load_image(plain))


def test_the_size_limits_apply_to_the_upright_image(exif, refusal):
    tall = jpeg(random_image("L", 3000, 4))
    assert "at most 16384 px wide when scaled" in refusal(with_exif(tall, exif(6)))
    assert "at least 1 px wide when scaled" in refusal(tall)
    flat = with_exif(jpeg(random_image("L", 90, 3)), exif(6))
    assert "at least 4 px high, but received one of 90 x 3 px" in refusal(flat)


def test_the_size_is_checked_before_a_pixel_is_decoded(refusal):
    for progressive in (False, True):
        data = jpeg(random_image(), progressive=progressive)
        place = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        data = data[: place + 5] + struct.pack(">HH", 65_500, 65_500) + data[place + 9 :]
        assert "at most 33554432 px, but received one of 65500 x 65500 px" in refusal(data)


def test_many_scans_are_refused(same, refusal):
    """Each can take as long to decode as a whole image, and as little as 50 bytes."""
    data = jpeg(random_image("L"), progressive=True)
    same(data)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert f"at most {MOST_SCANS} scans" in refusal(data[:-2] + last * MOST_SCANS + data[-2:])


@pytest.mark.parametrize("length", [3, 10, 100, 300, -200])
def test_a_truncated_file_is_refused(length, refusal):
    assert "Invalid JPEG data" in refusal(jpeg(random_image())[:length])
