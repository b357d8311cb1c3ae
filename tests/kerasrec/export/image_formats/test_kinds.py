"""Pictures of one line, as files of every kind come, have the grey values of the plain picture: in `load_image`, in the
graph, and in the graph after the client has opened them. What the graph cannot decode it refuses, never reads wrong."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.serving.remote import open_picture

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {}tiff:Orientation="6"/></x:xmpmeta>'.format
ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64" + bytes(5)


def draw(width: int = 200, height: int = 40, pen: int = 4) -> np.ndarray:
    """Dark strokes with grey edges on white paper, (H, W) uint8, darkest 20."""
    image = Image.new("L", (4 * width, 4 * height), 255)
    pencil = ImageDraw.Draw(image)
    for start in range(20, width - 20, 20):
        points = [(start, 8), (start + 10, 32), (start + 12, 10)]
        pencil.line([(4 * x, 4 * y) for x, y in points], fill=20, width=4 * pen)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


LINE = draw()
TURNED = np.rot90(LINE).copy()  # orientation 6 turns it back


def encode(image: Image.Image | np.ndarray, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, format, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(samples: np.ndarray, depth: int, chunks: bytes = b"", rows: int | None = None) -> bytes:
    """Encodes grey or RGB samples of any depth; with fewer rows than its header says if `rows` is given."""
    height, width, colour = *samples.shape[:2], 2 * (samples.ndim == 3)
    bits = (samples.reshape(height, -1)[:, :, None].astype(int) >> np.arange(depth)[::-1]) & 1
    packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)[:rows]
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in packed))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunks + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def plain_png(*chunks: bytes, grey: np.ndarray = LINE) -> bytes:
    return png(grey, 8, b"".join(chunks))


def with_opacity(grey: np.ndarray, opacity: np.ndarray, hidden: int, **options: object) -> bytes:
    """Encodes RGBA whose fully transparent pixels have a hidden grey."""
    grey = np.where(opacity > 0, grey, hidden).astype(np.uint8)
    return encode(np.dstack([grey, grey, grey, opacity.astype(np.uint8)]), **options)


def keyed(grey: np.ndarray, depth: int, is_rgb: bool = False, key: int | None = None) -> bytes:
    """Encodes grey values of a depth, white transparent, as tRNS."""
    most = 2**depth - 1
    samples = np.round(grey / 255 * most).astype(int)
    key = most if key is None else key
    chunks = chunk(b"tRNS", struct.pack(">H", key) * (3 if is_rgb else 1))
    return png(np.dstack([samples] * 3) if is_rgb else samples, depth, chunks)


def quantized(grey: np.ndarray, depth: int) -> np.ndarray:
    most = 2**depth - 1
    return np.round(np.round(grey / 255 * most) / most * 255)


def thin() -> np.ndarray:
    """Strokes that hardly become dark: most of the ink is grey edge."""
    blurred = Image.fromarray(draw(pen=1)).resize((100, 20), Image.Resampling.BOX).resize((200, 40))
    return np.asarray(blurred)


def cmyk(is_inverted: bool, has_marker: bool, ink: str) -> bytes:
    """Encodes inks as JPEG: dark strokes of the first three inks, of the fourth, or of all."""
    inks = np.zeros((*LINE.shape, 4), np.uint8)
    inks[..., {"CMY": slice(3), "K": slice(3, 4)}[ink]] = (255 - LINE)[..., None]
    # Pillow inverts what it writes, and writes Adobe's marker.
    data = encode(Image.fromarray(inks if is_inverted else 255 - inks, "CMYK"), "JPEG", quality=98)
    place = data.index(b"\xff\xee")
    return data if has_marker else data[:place] + data[place + 2 + 14 :]


def exif(orientation: int = 6) -> bytes:
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)


def raw_profile() -> bytes:
    """EXIF data as ImageMagick writes it in a PNG."""
    data = b"Exif\0\0" + exif()
    return f"\nexif\n{len(data):8}\n{data.hex()}\n".encode()


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(grey: np.ndarray, *segments: bytes) -> bytes:
    data = encode(grey, "JPEG", quality=98)
    return data[:20] + b"".join(segments) + data[20:]  # after the JFIF segment


def jfif(across: int, down: int, grey: np.ndarray) -> bytes:
    data = bytearray(jpeg(grey))
    data[13:18] = struct.pack(">BHH", 1, across, down)
    return bytes(data)


def as_palette(grey: np.ndarray) -> Image.Image:
    image = Image.fromarray(grey, "P")
    image.putpalette(np.arange(256, dtype=np.uint8).repeat(3).tobytes())
    return image


def stretched(grey: np.ndarray, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(grey).resize((grey.shape[1], height), Image.Resampling.BOX))


SCALED = np.round((LINE - 20.0) * 255 / 235)  # as values of more than 8 bits are
FAX = draw(200, 80)[::2]  # half as many rows as columns for the same length
NEGATIVE = 255 - LINE
ALPHA = (LINE < 255) * 255
TRANSPARENT = {
    "grey edges, hidden white": (with_opacity(LINE, ALPHA, 255), LINE),
    "grey edges, hidden black": (with_opacity(LINE, ALPHA, 0), LINE),
    "grey edges, WebP": (with_opacity(LINE, ALPHA, 0, format="WEBP", lossless=True), LINE),
    "thin strokes": (with_opacity(thin(), (thin() < 255) * 255, 255), thin()),
    "thin strokes, hidden black": (with_opacity(thin(), (thin() < 255) * 255, 0), thin()),
    "thin light strokes": (with_opacity(255 - thin(), (thin() < 255) * 255, 0), 255 - thin()),
    "light strokes with grey edges": (with_opacity(NEGATIVE, ALPHA, 0), NEGATIVE),
    "light strokes with grey edges, hidden white": (with_opacity(NEGATIVE, ALPHA, 255), NEGATIVE),
    "black strokes": (with_opacity(0 * LINE, 255 - LINE, 0), LINE),
    "black strokes, hidden white": (with_opacity(0 * LINE, 255 - LINE, 255), LINE),
    "white strokes": (with_opacity(0 * LINE + 255, 255 - LINE, 255), NEGATIVE),
    "white strokes, hidden black": (with_opacity(0 * LINE + 255, 255 - LINE, 0), NEGATIVE),
    "hard edges": (with_opacity(0 * LINE, (LINE < 128) * 255, 255), (LINE >= 128) * 255),
    "hard light edges": (with_opacity(0 * LINE + 255, (LINE < 128) * 255, 255), (LINE < 128) * 255),
    "tRNS, grey 8": (keyed(LINE, 8), LINE),
    "tRNS, grey 16": (keyed(LINE, 16), SCALED),
    "tRNS, grey 4": (keyed(LINE, 4), quantized(LINE, 4)),
    "tRNS, grey 2": (keyed(LINE, 2), quantized(LINE, 2)),
    "tRNS, grey 1": (keyed(LINE, 1), quantized(LINE, 1)),
    "tRNS, black ground of 2 bits": (keyed(NEGATIVE, 2, key=0), quantized(NEGATIVE, 2)),
    "tRNS, RGB 8": (keyed(LINE, 8, is_rgb=True), LINE),
    "tRNS, RGB 16": (keyed(LINE, 16, is_rgb=True), SCALED),
    "GIF": (encode(Image.fromarray(LINE), "GIF", transparency=255), LINE),
    "palette": (encode(as_palette(LINE), transparency=255), LINE),
}
DEEP = (LINE.astype(np.uint16) * 16 + 15)[..., None]  # 12 bits in 16
KINDS = {
    **{f"transparent: {name}": pair for name, pair in TRANSPARENT.items()},
    "12 bits, grey PNG": (png(DEEP[..., 0], 16), SCALED),
    "12 bits, RGB PNG": (png(np.repeat(DEEP, 3, axis=2), 16), SCALED),
    "12 bits, grey TIFF": (encode(DEEP[..., 0], "TIFF"), SCALED),
    **{
        f"CMYK, inverted {inverted}, marker {marker}, {ink}": (cmyk(inverted, marker, ink), LINE)
        for inverted in (True, False)
        for marker in (True, False)
        for ink in ("CMY", "K")
    },
    "EXIF, PNG": (plain_png(chunk(b"eXIf", exif()), grey=TURNED), LINE),
    "EXIF, TIFF": (encode(TURNED, "TIFF", tiffinfo={274: 6}), LINE),
    "EXIF, JPEG": (jpeg(TURNED, segment(0xE1, b"Exif\0\0" + exif())), LINE),
    "XMP, PNG": (plain_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP("").encode()), grey=TURNED), LINE),
    "XMP, compressed": (
        plain_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP("").encode())), grey=TURNED),
        LINE,
    ),
    "XMP, JPEG": (jpeg(TURNED, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP("").encode())), LINE),
    "XMP element": (
        jpeg(TURNED, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<tiff:Orientation>6</tiff:Orientation>")),
        LINE,
    ),
    "XMP and EXIF": (
        jpeg(
            LINE,
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP("").encode()),
            segment(0xE1, b"Exif\0\0" + exif(1)),
        ),
        LINE,
    ),
    "XMP, WebP": (encode(TURNED, "WEBP", lossless=True, xmp=XMP("").encode()), LINE),
    "XMP, TIFF": (encode(TURNED, "TIFF", tiffinfo={700: XMP("").encode()}), LINE),
    "raw profile": (plain_png(chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile()), grey=TURNED), LINE),
    "raw profile, compressed": (
        plain_png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile())), grey=TURNED),
        LINE,
    ),
    "fax, TIFF": (encode(FAX, "TIFF", dpi=(204, 102)), np.repeat(FAX, 2, axis=0)),
    "fax, turned TIFF": (
        encode(np.rot90(FAX).copy(), "TIFF", dpi=(102, 204), tiffinfo={274: 6}),
        np.repeat(FAX, 2, axis=0),
    ),
    "fax, PNG": (plain_png(chunk(b"pHYs", struct.pack(">IIB", 8031, 4016, 1)), grey=FAX), np.repeat(FAX, 2, axis=0)),
    "fax, turned PNG": (
        plain_png(chunk(b"pHYs", struct.pack(">IIB", 4016, 8031, 1)), chunk(b"eXIf", exif()), grey=np.rot90(FAX)),
        np.repeat(FAX, 2, axis=0),
    ),
    "fax, JPEG": (jfif(204, 102, FAX), np.repeat(FAX, 2, axis=0)),
    "few columns, PNG": (plain_png(chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0))), stretched(LINE, 20)),
    "few columns, JPEG": (jfif(98, 196, LINE), stretched(LINE, 20)),
    "hardly square": (plain_png(chunk(b"pHYs", struct.pack(">IIB", 300, 270, 1))), LINE),
    "absurd resolution": (plain_png(chunk(b"pHYs", struct.pack(">IIB", 1, 2835, 1))), LINE),
    "no resolution": (jfif(0, 0, LINE), LINE),
    "bad checksum of a text": (plain_png(chunk(b"tEXt", b"a\0bcd")[:-4] + bytes(4)), LINE),
    "no IEND": (plain_png()[:-12], LINE),
    "many texts": (plain_png(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b"))] * 30), LINE),
}
REFUSED = {  # by the graph, which decodes PNG, JPEG and WebP
    "12 bits, grey TIFF": "PNG, JPEG or WebP",
    "transparent: GIF": "PNG, JPEG or WebP",
    "EXIF, TIFF": "PNG, JPEG or WebP",
    "XMP, TIFF": "PNG, JPEG or WebP",
    "fax, TIFF": "PNG, JPEG or WebP",
    "fax, turned TIFF": "PNG, JPEG or WebP",
    "CMYK, inverted True, marker False, CMY": "inverted colours. Save it as RGB",
    "CMYK, inverted True, marker False, K": "inverted colours. Save it as RGB",
    "CMYK, inverted False, marker True, CMY": "inverted colours. Save it as RGB",
    "CMYK, inverted False, marker True, K": "inverted colours. Save it as RGB",
    "XMP, compressed": "raw EXIF profile or compressed XMP",
    "raw profile": "raw EXIF profile or compressed XMP",
    "raw profile, compressed": "raw EXIF profile or compressed XMP",
    "many texts": "at most 16 compressed texts",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_grey_values_of_the_plain_picture(kind, decode, refusal):
    data, expected = KINDS[kind]
    grey = load_image(data).astype(float)
    assert grey.shape == expected.shape
    assert np.abs(grey - expected).max() <= (16 if data.startswith(b"\xff\xd8") else 1)
    sent = decode(open_picture(ImageSource("line", data)).content)
    assert np.abs(sent - grey).max() <= 1
    if kind in REFUSED:
        assert REFUSED[kind] in refusal(data)
    else:
        assert np.abs(decode(data) - grey).max() <= 1


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("order", ["<", ">"])
def test_colours_of_12_bits_in_a_tiff_have_one_range(order, compression):
    colours = np.zeros((*LINE.shape, 3), int)
    colours[..., 0], colours[..., 1] = 4095, DEEP[..., 0]
    expected = np.asarray(Image.fromarray(np.round(colours / 4095 * 255).astype(np.uint8)).convert("L"))
    grey = load_image(tiff(colours, order, compression)).astype(int)
    np.testing.assert_allclose(grey, expected, atol=1)
    assert grey.std() > 20


def test_separate_channels_of_16_bits_are_refused():
    data = tiff(np.zeros((*LINE.shape, 3), int), "<", 1, planar=2)
    with pytest.raises(
        BadImage, match=r"line.tif has channels of 16 bits that are stored separately. Save it as 8-bit"
    ):
        load_image(data, "line.tif")


def tiff(colours: np.ndarray, order: str, compression: int, planar: int = 1) -> bytes:
    """Encodes RGB of 16 bits, which Pillow cannot write, uncompressed (1) or with zlib (8)."""
    height, width = colours.shape[:2]
    pixels = colours.astype(f"{order}u2").tobytes()
    pixels = zlib.compress(pixels) if compression == 8 else pixels
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 2), (273, 14), (277, 3), (278, height)]
    tags += [(279, len(pixels)), (284, planar)]
    entries = [struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags]
    entries[2] = struct.pack(f"{order}HHII", 258, 3, 3, 8)  # three numbers, at byte 8
    directory = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 14 + len(pixels))
    return start + struct.pack(f"{order}HHH", 16, 16, 16) + pixels + directory


HALF = 16  # rows
CUT = jpeg(LINE)
DAMAGED = {
    "PNG with few rows": png(LINE, 8, rows=HALF),
    "interlaced": encode(LINE)[:-200],
    "cut PNG": plain_png()[:-100],
    "cut JPEG": CUT[: len(CUT) // 2],
    "JPEG that ends early": CUT[: len(CUT) // 2] + b"\xff\xd9",
    "progressive JPEG that ends early": encode(LINE, "JPEG", progressive=True)[:400] + b"\xff\xd9",
    "bad checksum of tRNS": keyed(LINE, 8).replace(b"tRNS\0\xff", b"tRNS\0\xfe"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_with_missing_rows_is_refused(kind, refusal):
    with pytest.raises(BadImage, match="line.png"):
        load_image(DAMAGED[kind], "line.png")
    with pytest.raises(BadImage, match="line.png"):
        open_picture(ImageSource("line.png", DAMAGED[kind]))
    if kind not in ("bad checksum of tRNS", "progressive JPEG that ends early"):  # found by the client only
        refusal(DAMAGED[kind])
