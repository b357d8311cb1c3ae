import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from kerasrec.errors import BadImage
from kerasrec.lines.glyphs.picture import load_each, load_glyph


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
    with pytest.raises(BadImage, match=r"a character in .*blank.png, but there is no ink"):
        load_glyph(_save(tmp_path / "blank.png", np.full((30, 1), 200, np.uint8)))


def _encode(array: np.ndarray, format: str = "PNG", **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, format, **options)
    return file.getvalue()


def _corner(height: int, width: int, top: int, left: int, size: int) -> np.ndarray:
    """A thick L of ink 255 on 0."""
    array = np.zeros((height, width), np.uint8)
    array[top : top + size, left : left + size // 4] = 255
    array[top + size - size // 4 : top + size, left : left + 2 * size // 3] = 255
    return array


def _correlation(glyph: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(glyph.ravel().astype(float), other.ravel().astype(float))[0, 1])


LETTER = _corner(120, 120, 30, 30, 60)
ACROSS, DOWN = np.linspace(-1, 1, 120), np.linspace(-1, 1, 120)[:, None]


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    return load_glyph(_encode(LETTER), 23)


def test_the_ink_fills_its_box_in_the_middle(expected: np.ndarray) -> None:
    rows, columns = (np.flatnonzero((expected > 64).any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (2, 24)
    assert columns[-1] - columns[0] + 1 == pytest.approx(23 * 2 / 3, abs=1)
    assert columns[0] + columns[-1] == pytest.approx(27, abs=1)
    assert expected[5:20, columns[0] + 2].min() > 200
    assert expected[5:18, columns[-1] - 3].max() < 30


@pytest.mark.parametrize(
    "picture",
    [
        255 - LETTER,
        _corner(400, 120, 200, 10, 60),
        _corner(100, 500, 20, 400, 60),
        _corner(2000, 3000, 1200, 300, 120),
        255 - _corner(360, 360, 90, 90, 180),
        _corner(18, 18, 3, 3, 12),
        (230 - 0.7 * LETTER).astype(np.uint8),
        (230 - 0.4 * LETTER - np.linspace(0, 90, 120)[:, None]).astype(np.uint8),
        ((230 - 0.5 * LETTER) * (1 - 0.2 * (ACROSS**2 + DOWN**2))).astype(np.uint8),
        ((230 - 0.5 * LETTER) * (1 - 0.3 / (1 + np.exp(-20 * (ACROSS + DOWN))))).astype(np.uint8),
        (60 + 0.4 * LETTER + np.random.default_rng(0).normal(0, 8, LETTER.shape)).astype(np.uint8),
    ],
    ids=[
        *("dark on light", "tall", "wide", "far", "large", "small", "faint"),
        *("lit from one side", "lit in the middle", "half in shadow", "noisy"),
    ],
)
def test_place_size_polarity_light_and_noise_do_not_matter(picture: np.ndarray, expected: np.ndarray) -> None:
    assert _correlation(load_glyph(_encode(picture), 23), expected) > 0.93


def test_jpeg_noise_is_no_ink(expected: np.ndarray) -> None:
    glyph = load_glyph(_encode(230 - LETTER // 5 * 3, "JPEG", quality=20), 23)
    assert _correlation(glyph, expected) > 0.97
    assert (glyph[expected == 0] > 64).mean() < 0.03


@pytest.mark.parametrize("size", [28, 90])
def test_bold_ink_that_covers_more_than_its_paper_is_ink(size: int) -> None:
    blot = np.zeros((size, size), np.uint8)
    blot[size // 12 : -size // 12, size // 12 : -size // 12] = 255
    for picture in (blot, 255 - blot):
        glyph = load_glyph(_encode(picture))
        assert glyph[8:20, 8:20].min() == 255
        assert glyph[[0, -1]].max() == 0


@pytest.mark.parametrize("negative", [False, True])
def test_a_character_that_fills_its_picture_is_that_with_a_margin(negative: bool) -> None:
    image = Image.new("L", (60, 80), 0)
    draw = ImageDraw.Draw(image)
    draw.line([(0, 79), (30, 0), (59, 79)], fill=255, width=12)
    draw.line([(12, 52), (47, 52)], fill=255, width=10)
    tight = np.asarray(image)
    wide = np.pad(tight, 20)
    filled, free = (load_glyph(_encode(255 - array if negative else array)) for array in (tight, wide))
    assert _correlation(filled, free) > 0.98


def test_a_thin_stroke_does_not_fade() -> None:
    image = Image.new("L", (160, 160), 255)
    ImageDraw.Draw(image).line([(40, 20), (120, 140)], fill=0, width=2)
    glyph = load_glyph(_encode(np.asarray(image)))
    assert glyph.max() == 255
    assert ((glyph > 64).any(axis=1)).sum() >= 19


@pytest.mark.parametrize(("box", "sides"), [((70, 75, 80, 85), (20, 20)), ((30, 76, 120, 84), (2, 20))])
def test_a_dot_and_a_dash_are_whole(box: tuple[int, int, int, int], sides: tuple[int, int]) -> None:
    image = Image.new("L", (150, 150), 240)
    ImageDraw.Draw(image).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=30)
    inked = load_glyph(_encode(np.asarray(image))) > 128
    assert (inked.any(axis=1).sum(), inked.any(axis=0).sum()) == sides
    assert inked.sum() == sides[0] * sides[1]


@pytest.mark.parametrize(
    ("height", "width", "paper", "patch", "sides"),
    [(18, 196, 83, 249, (3, 20)), (15, 3, 30, 223, (20, 3)), (4, 31, 190, 128, (2, 20))],
)
def test_a_mark_in_a_corner_is_whole(height: int, width: int, paper: int, patch: int, sides: tuple[int, int]) -> None:
    picture = np.full((height, width), paper, np.uint8)
    picture[: height // 2, : width // 3] = patch
    inked = load_glyph(_encode(picture)) > 64
    assert (inked.any(axis=1).sum(), inked.any(axis=0).sum()) == sides


@pytest.mark.parametrize("size", [28, 90])
@pytest.mark.parametrize("fall", [0, 60])
def test_paper_alone_is_refused(size: int, fall: int) -> None:
    paper = np.random.default_rng(0).normal(200, 3, (size, size)) - np.linspace(0, fall, size)
    with pytest.raises(BadImage, match=r"Expected a character in letter\.png, but there is no ink"):
        load_glyph(_encode(paper.astype(np.uint8)), name="letter.png")


def test_ink_with_too_little_contrast_is_refused() -> None:
    assert load_glyph(_encode(200 - LETTER // 10)).max() == 255
    with pytest.raises(BadImage, match="the image, but there is no ink"):
        load_glyph(_encode(200 - LETTER // 20))


def test_many_pictures_become_what_each_becomes(tmp_path: Path) -> None:
    files = [_save(tmp_path / f"{i}.png", _corner(60, 50 + i, 10, 5, 30)) for i in range(70)]
    np.testing.assert_array_equal(list(load_each(files)), [load_glyph(file) for file in files])
    _save(files[66], np.full((9, 9), 8, np.uint8))
    with pytest.raises(BadImage, match=r"66\.png"):
        list(load_each(files))


@settings(max_examples=80)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from(["patch", "uniform", "sparse", "gradient"]),
    st.integers(0, 2**32 - 1),
)
def test_every_picture_becomes_a_glyph_or_is_refused(height: int, width: int, kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    patch = np.full((height, width), random.integers(256))
    patch[: height // 2, : width // 3] = random.integers(256)
    picture = {
        "patch": patch,
        "uniform": random.integers(0, 256, (height, width)),
        "sparse": (random.random((height, width)) < 0.05) * 255,
        "gradient": np.add.outer(np.arange(height), np.arange(width)) % 256,
    }[kind]
    try:
        glyph = load_glyph(_encode(picture.astype(np.uint8)))
    except BadImage as error:
        assert "there is no ink" in str(error)
    else:
        assert (glyph.shape, glyph.dtype) == ((28, 28), np.uint8)
        assert glyph.max() > 64
