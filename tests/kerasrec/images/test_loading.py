"""Images of every format and colour model have the right grey values; bad images raise an error with their name."""

import io
import itertools
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.loading import load_image


def stroke(height: int = 30, width: int = 60) -> np.ndarray:
    """A black image with a white bar in rows 10..19 and columns 20..39."""
    image = np.zeros((height, width), np.uint8)
    image[10:20, 20:40] = 255
    return image


def encode(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format", "mode"),
    [
        *itertools.product(["PNG", "TIFF", "BMP", "GIF"], ["L", "RGB", "1", "P"]),
        *itertools.product(["WEBP", "JPEG"], ["L", "RGB"]),
    ],
)
def test_all_formats_and_modes_have_the_same_grey_values(format, mode):
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format == "JPEG" else {}
    grey = load_image(encode(Image.fromarray(stroke()).convert(mode), format, **options))
    assert grey.dtype == np.uint8
    np.testing.assert_allclose(grey.astype(int), stroke(), atol=25 if format == "JPEG" else 0)


def test_colour_becomes_luminance(tmp_path):
    path = tmp_path / "colours.png"
    Image.new("RGB", (8, 8), (255, 0, 0)).save(path)
    assert load_image(path)[0, 0] == 76  # 0.299 of 255
    assert load_image(encode(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "TIFF"))[0, 0] == 0


@pytest.mark.parametrize("level", [0, 255])
def test_strokes_on_a_transparent_background_are_legible(level):
    pixels = np.zeros((30, 60, 4), np.uint8)
    pixels[stroke() > 0] = (level, level, level, 255)
    grey = load_image(encode(Image.fromarray(pixels)))
    assert (grey[stroke() > 0] == level).all()
    assert (grey[stroke() == 0] == 255 - level).all()


def test_faint_strokes_on_a_transparent_background_are_legible():
    pixels = np.full((30, 60, 2), 255, np.uint8)
    pixels[..., 1] = stroke() // 4
    grey = load_image(encode(Image.fromarray(pixels)))
    assert grey.min() == 0
    assert grey[15, 30] == 63


def test_a_transparent_margin_gets_the_colour_of_the_opaque_background():
    pixels = np.zeros((40, 80, 2), np.uint8)
    pixels[5:35, 10:70] = np.stack([230 - stroke() // 255 * 200, np.full((30, 60), 255, np.uint8)], axis=-1)
    grey = load_image(encode(Image.fromarray(pixels)))
    assert set(np.unique(grey)) == {30, 230}
    assert (grey[:5] == 230).all()


def test_a_palette_can_have_a_transparent_colour():
    image = Image.fromarray(stroke() // 255, "P")
    image.putpalette([9, 9, 9, 0, 0, 0])
    for transparency in (0, b"\x00\xff"):
        grey = load_image(encode(image, transparency=transparency))
        assert (grey[15, 30], grey[0, 0]) == (0, 255)


def test_a_fully_transparent_image_is_white():
    assert (load_image(encode(Image.new("LA", (20, 10), (0, 0)))) == 255).all()


@pytest.mark.parametrize(
    "values",
    [
        np.uint16([[0, 128, 255]] * 8) * 257,
        np.uint16([[1000, 1000 + 128 * 12, 1000 + 255 * 12]] * 8),
        np.float32([[0, 128 / 255, 1]] * 8),
        np.int32([[-(10**6), -(10**6) + 128 * 7000, -(10**6) + 255 * 7000]] * 8),
    ],
    ids=["16 bit", "12 bit in 16", "float", "32 bit"],
)
def test_values_of_more_than_8_bits_are_scaled_from_their_range(values):
    assert load_image(encode(Image.fromarray(values), "TIFF"))[0].tolist() == [0, 128, 255]


def test_sixteen_bit_png_is_not_clipped():
    assert load_image(encode(Image.fromarray(np.uint16([[300, 40_000, 65_000]] * 8))))[0].tolist() == [0, 156, 255]


def test_equal_values_of_more_than_8_bits_are_black():
    assert (load_image(encode(Image.fromarray(np.full((8, 9), 7, np.float32)), "TIFF")) == 0).all()


def test_values_that_are_not_finite_raise():
    with pytest.raises(BadImage, match="scan.tif must have finite values, but has NaN"):
        load_image(encode(Image.fromarray(np.full((8, 9), np.nan, np.float32)), "TIFF"), "scan.tif")


def test_the_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by a quarter to the right
    turned = Image.fromarray(np.rot90(stroke()).copy())
    assert np.array_equal(load_image(encode(turned, exif=exif)), stroke())


def test_an_empty_file_raises(tmp_path):
    (tmp_path / "nothing.png").touch()
    with pytest.raises(BadImage, match="nothing.png is empty: it has 0 bytes"):
        load_image(tmp_path / "nothing.png")
    with pytest.raises(BadImage, match="stdin is empty: it has 0 bytes"):
        load_image(b"", "stdin")


@pytest.mark.parametrize(
    "data", [b"\x00", b"The quick brown fox", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"]
)
def test_a_file_that_is_not_an_image_raises(data):
    with pytest.raises(BadImage, match=r"notes.txt is not an image.*PNG, JPEG, TIFF, BMP, WEBP, GIF"):
        load_image(data, "notes.txt")


def test_a_missing_file_and_a_folder_raise(tmp_path):
    with pytest.raises(BadImage, match=r"absent.png cannot be read as an image: No such file or directory"):
        load_image(tmp_path / "absent.png")
    with pytest.raises(BadImage, match=r"cannot be read as an image: Is a directory"):
        load_image(tmp_path)


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 64), np.uint8))
ENCODED = {format: encode(NOISE, format) for format in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")}


@pytest.mark.parametrize("format", ENCODED)
def test_a_truncated_file_raises(format):
    with pytest.raises(BadImage, match="cut.img (cannot be read as an image|is not an image)"):
        load_image(ENCODED[format][: len(ENCODED[format]) // 2], "cut.img")


@given(st.sampled_from(sorted(ENCODED)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4))
def test_a_damaged_file_is_read_or_raises_bad_image(format, changes):
    data = bytearray(ENCODED[format])
    for position, value in changes:
        data[int(position * len(data))] = value
    try:
        assert load_image(bytes(data), "damaged.img").dtype == np.uint8
    except BadImage as error:
        assert "damaged.img" in str(error)


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (30_000, 33_334)])
def test_an_image_with_too_many_pixels_is_rejected_before_it_is_decoded(width, height, monkeypatch):
    header = encode(Image.new("1", (1, 1)), "BMP")  # a header with a larger size than the file has
    header = header[:18] + width.to_bytes(4, "little") + height.to_bytes(4, "little") + header[26:]
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(BadImage, match=r"poster.bmp must have at most 100,000,000 px, but has [\d, x]+ px") as caught:
        load_image(header, "poster.bmp")
    assert any(size in str(caught.value) for size in (f"{width:,} x {height:,}", f"{width * height:,}"))


def test_warnings_of_pillow_are_suppressed(monkeypatch):
    data = encode(Image.new("L", (100, 80)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 7999)
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(data))
    with warnings.catch_warnings(record=True) as leaked:
        assert load_image(data).shape == (80, 100)
    assert leaked == []


@pytest.mark.parametrize("height", [1, 3])
def test_an_image_that_is_not_high_enough_is_rejected(height):
    with pytest.raises(BadImage, match=rf"flat.png must be at least 4 px high .*but is 500 x {height} px.*resolution"):
        load_image(encode(Image.new("L", (500, height))), "flat.png")
    assert load_image(encode(Image.new("L", (500, 4)))).shape == (4, 500)


def test_an_image_that_is_far_higher_than_wide_is_rejected():
    with pytest.raises(BadImage, match=r"tall.png is 1 x 4,000,000 px.*less than 1 px wide. Turn it, or cut it"):
        load_image(encode(Image.new("1", (1, 4_000_000))), "tall.png")
    assert load_image(encode(Image.new("1", (1, 55)))).shape == (55, 1)


def test_an_image_that_is_too_wide_for_a_line_is_rejected():
    with pytest.raises(BadImage, match=r"long.png is 100,000 x 64 px.*at most 16,384 px wide.*43,750 px. Cut it"):
        load_image(encode(Image.new("1", (100_000, 64))), "long.png")
    assert load_image(encode(Image.new("1", (100_000, 200)))).shape == (200, 100_000)


def test_importing_the_module_loads_neither_keras_nor_tensorflow():
    code = "import kerasrec.images.loading, sys; print(*({'keras', 'tensorflow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []
