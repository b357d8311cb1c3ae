import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.lines.glyphs.picture import load_glyph


def _save(path: Path, array: np.ndarray) -> Path:
    Image.fromarray(array).save(path)
    return path


def _bar(height: int = 60, width: int = 50) -> np.ndarray:
    """A white upright bar on black, 40 px high and 10 px wide, off the centre."""
    array = np.zeros((height, width), np.uint8)
    array[5:45, 30:40] = 255
    return array


def _header_only(path: Path, width: int, height: int) -> Path:
    """A PNG that says it is that large, and holds no pixel."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    blocks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(blocks))
    return path


def test_ink_is_scaled_to_20_pixels_and_centred(tmp_path: Path) -> None:
    glyph = load_glyph(_save(tmp_path / "bar.png", _bar()))
    assert glyph.shape == (28, 28)
    assert glyph.dtype == np.uint8
    np.testing.assert_array_equal(np.flatnonzero(glyph.max(1) > 128), np.arange(4, 24))
    np.testing.assert_array_equal(np.flatnonzero(glyph.max(0) > 128), np.arange(11, 16))
    assert glyph.max() == 255


def test_polarity_mode_and_depth_do_not_matter(tmp_path: Path) -> None:
    bar = _bar()
    expected = load_glyph(_save(tmp_path / "light.png", bar))
    rgba = np.dstack([np.zeros((60, 50, 3), np.uint8), bar])
    variants = {
        "dark.png": 255 - bar,
        "faint.png": 100 + bar // 5,
        "colour.png": np.dstack([255 - bar] * 3),
        "alpha.png": rgba,
        "deep.png": bar.astype(np.uint16) * 257,
        "large.bmp": 255 - bar.repeat(3, 0).repeat(3, 1),
    }
    for name, array in variants.items():
        np.testing.assert_allclose(load_glyph(_save(tmp_path / name, array)), expected, atol=1, err_msg=name)


def test_a_picture_that_its_exif_data_turns_stands_upright(tmp_path: Path) -> None:
    lying = Image.fromarray(_bar()).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    lying.save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(load_glyph(tmp_path / "turned.png"), load_glyph(_save(tmp_path / "a.png", _bar())))


def test_light_ink_on_nothing_is_seen(tmp_path: Path) -> None:
    light = np.dstack([np.full((60, 50, 3), 255, np.uint8), _bar()])
    expected = load_glyph(_save(tmp_path / "a.png", _bar()))
    np.testing.assert_allclose(load_glyph(_save(tmp_path / "light.png", light)), expected, atol=1)


def test_a_palette_with_transparency_is_read(tmp_path: Path) -> None:
    image = Image.fromarray((_bar() > 0).astype(np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 10, 10, 10])
    image.save(tmp_path / "palette.png", transparency=0)
    expected = load_glyph(_save(tmp_path / "light.png", _bar()))
    np.testing.assert_allclose(load_glyph(tmp_path / "palette.png"), expected, atol=1)


def test_a_picture_of_28_by_28_stays_as_it_lies(tmp_path: Path) -> None:
    comma = np.zeros((28, 28), np.uint8)
    comma[20:25, 13:15] = 255
    np.testing.assert_array_equal(load_glyph(_save(tmp_path / "comma.png", comma)), comma)
    np.testing.assert_array_equal(load_glyph(_save(tmp_path / "dark.png", 255 - comma)), comma)


def test_a_thin_line_and_a_tiny_picture_are_scaled(tmp_path: Path) -> None:
    line = np.zeros((3, 2000), np.uint8)
    line[1, 10:1990] = 255
    assert np.flatnonzero(load_glyph(_save(tmp_path / "line.png", line)).max(1)).tolist() == [13]
    dot = np.zeros((3, 3), np.uint8)
    dot[1, 1] = 255
    assert (load_glyph(_save(tmp_path / "dot.png", dot)) == 255).sum() == 400


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    for name, content in (("empty.png", b""), ("text.png", b"no image at all")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadImage, match=f"{name} is "):
            load_glyph(tmp_path / name)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), np.uint8)
    content = _save(tmp_path / "cut.png", noise).read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadImage, match=r"cut.png cannot be read as an image"):
        load_glyph(tmp_path / "cut.png")


def test_a_file_of_a_gigabyte_when_decoded_is_refused_by_its_header(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"bomb.png"):
        load_glyph(_header_only(tmp_path / "bomb.png", 32_000, 32_000))
    with pytest.raises(BadImage, match=r"wide.png must have at most 100,000,000 px, but has 100,001 x 1,000 px"):
        load_glyph(_header_only(tmp_path / "wide.png", 100_001, 1_000))


def test_a_blank_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"ink in .*blank.png, but its grey values differ by 0 of 255"):
        load_glyph(_save(tmp_path / "blank.png", np.full((30, 1), 200, np.uint8)))
