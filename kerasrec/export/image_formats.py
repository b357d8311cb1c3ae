"""Decoders of PNG, JPEG and WebP: from bytes to grey values (H, W) float32, 0..255, in graph operations.

Each decoder checks the header first. A decoder that trusts it allocates whatever it declares: a file of a few kilobytes
can make some of TensorFlow's decoders take gigabytes or minutes, or crash the process.
"""

from collections.abc import Sequence

import tensorflow as tf

from kerasrec.export.grey import lay_on_paper, luminance, scale_range, to_grey
from kerasrec.export.headers import big, little, read_bytes, read_numbers, split
from kerasrec.export.orientation import is_turned, read_orientation, turn_upright
from kerasrec.export.requirements import require, require_size
from kerasrec.export.resolution import square_height, stretch_rows
from kerasrec.export.separate import separate
from kerasrec.images.damage import JPEG_END, MISSING, PROBE
from kerasrec.serving.wire import MOST_SCANS, SCAN

MOST_TEXTS = 16
"""The most compressed texts in a PNG; each can grow from 8 kB to 8 MB when it is read."""

_GREY, _RGB = 0, 2  # PNG's colour types in which one colour may be declared transparent
_DENSITY, _ANIMATION = b"\0\0\0\x09pHYs", b"\0\0\0\x08acTL"  # chunks of PNG, with their lengths
_XMP = b"XML:com.adobe.xmp\0"
_UNREAD = (b"Raw profile type exif\0", _XMP + b"\1")  # ImageMagick's EXIF data, and compressed XMP data
_END = b"\0\0\0\0IEND\xaeB`\x82"  # the last chunk of a PNG
_MISSING_INKS = 64  # the value in RGB of pixels that a JPEG with CMYK colours lacks
_LOSSY, _LOSSLESS, _EXTENDED = (int.from_bytes(name, "big") for name in (b"VP8 ", b"VP8L", b"VP8X"))
_ANIMATED, _HAS_XMP, _HAS_EXIF = 2, 4, 8  # flags of WebP's extended form
_WEBP_SIZE = 2**14  # one more than the greatest size of WebP's lossy and lossless form


@separate
def decode_png(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG, () string, whose first bytes are `head`, turns it upright and makes its pixels square."""
    width, height, depth, colour = read_numbers(head, big(16, 4), big(20, 4), big(24, 1), big(25, 1))
    orientation = read_orientation(contents, b"eXIf", _XMP + b"\0")
    contents = _require_readable(contents, orientation)
    density = read_numbers(_read_after(contents, _DENSITY, 8), big(0, 4), big(4, 4))
    contents, square = _require_line(contents, orientation, [height, width], density)
    contents += _END  # which may be missing; decoders stop at the first
    has_one_colour = (colour == _GREY) | (colour == _RGB)
    is_keyed = has_one_colour & _has(contents, b"tRNS")
    kind = tf.cast(is_keyed, tf.int32) + 2 * tf.cast(has_one_colour & (depth == 16), tf.int32)
    decoders = (_decode_plain_png, _decode_keyed_png, _decode_deep_png, _decode_deep_keyed_png)
    grey = tf.switch_case(kind, [lambda decode=decode: decode(contents) for decode in decoders])
    return stretch_rows(turn_upright(grey, orientation), square)


def _require_readable(contents: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    texts = _count_chunks(contents, b"zTXt", MOST_TEXTS + 1) + _count_chunks(contents, b"iTXt", MOST_TEXTS + 1)
    is_unread = tf.reduce_any([_has(contents, mark) for mark in _UNREAD])
    return require(
        contents,
        (
            texts <= MOST_TEXTS,
            f"Expected a PNG with at most {MOST_TEXTS} compressed texts, but received more. Save it without them.",
            (),
        ),
        (
            ~_has(contents, _ANIMATION),
            "Expected a PNG with one frame, but received an animation. Save its first frame.",
            (),
        ),
        (
            ~is_unread | (orientation > 1),
            "Expected a PNG with its orientation in an eXIf chunk or in plain XMP, but received one with a raw EXIF "
            "profile or compressed XMP. Save it without them, or read it with `kerasrec read --server`.",
            (),
        ),
    )


def _has(contents: tf.Tensor, mark: bytes) -> tf.Tensor:
    """Whether bytes occur in a file, () bool."""
    return _count_chunks(contents, mark, 1) > 0


def _count_chunks(contents: tf.Tensor, chunk: bytes, most: int) -> tf.Tensor:
    """The number of times a chunk's name occurs in a file, up to `most`, () int32."""
    return tf.size(split(contents, chunk, most)) - 1


def _read_after(contents: tf.Tensor, mark: bytes, count: int) -> tf.Tensor:
    """Reads the bytes after the first mark in a file, (count,) int64; 0 if there is none."""
    pieces = split(contents, mark, 1)
    return tf.where(tf.size(pieces) > 1, read_bytes(pieces[-1], 0, count), 0)


def _require_line(
    contents: tf.Tensor, orientation: tf.Tensor, size: Sequence[tf.Tensor], density: Sequence[tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Requires that a line can have the size of the upright image.

    Args:
        contents: The bytes of the image, () string.
        orientation: How it is turned upright, () int32.
        size: The height and width of the stored image.
        density: Its horizontal and vertical resolution; 0 if unknown.

    Returns:
        The bytes, and the height at which the pixels of the upright image are square, () int64.
    """
    turned = is_turned(orientation)
    height, width = tf.unstack(tf.where(turned, size[::-1], size), num=2)
    across, down = tf.unstack(tf.where(turned, density[::-1], density), num=2)
    height = square_height(height, across, down)
    return require_size(contents, height, width), height


def _decode_plain_png(contents: tf.Tensor) -> tf.Tensor:
    return to_grey(tf.ensure_shape(tf.io.decode_png(contents), (None, None, None)))


@separate
def _decode_keyed_png(contents: tf.Tensor) -> tf.Tensor:
    """Decodes grey or RGB with one transparent colour, which TensorFlow ignores unless asked for RGBA."""
    return to_grey(tf.io.decode_png(contents, channels=4))


@separate
def _decode_deep_png(contents: tf.Tensor) -> tf.Tensor:
    pixels = tf.io.decode_png(contents, dtype=tf.uint16)
    return luminance(scale_range(tf.ensure_shape(pixels, (None, None, None))))


@separate
def _decode_deep_keyed_png(contents: tf.Tensor) -> tf.Tensor:
    pixels = tf.io.decode_png(contents, channels=4, dtype=tf.uint16)
    return lay_on_paper(luminance(scale_range(pixels[:, :, :3])), tf.cast(pixels[:, :, 3] // 257, tf.uint8))


@separate
def decode_jpeg(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG, () string, whose first bytes are `head`, turns it upright and makes its pixels square."""
    size = tf.cast(tf.image.extract_jpeg_shape(contents), tf.int64)
    is_cmyk = size[2] == 4
    orientation = read_orientation(contents, b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0")
    density = read_numbers(_read_after(contents, b"JFIF\0", 7), big(3, 2), big(5, 2))
    contents, height = _require_line(_require_few_scans(contents), orientation, [size[0], size[1]], density)
    grey = to_grey(_require_all_rows(_decode_jpeg(contents), contents, is_cmyk))
    return stretch_rows(turn_upright(_require_light_inks(grey, is_cmyk), orientation), height)


def _decode_jpeg(contents: tf.Tensor) -> tf.Tensor:
    pixels = tf.io.decode_jpeg(contents, dct_method="INTEGER_ACCURATE")
    return tf.ensure_shape(pixels, (None, None, None))


def _require_few_scans(contents: tf.Tensor) -> tf.Tensor:
    scans = tf.size(split(contents, SCAN, MOST_SCANS + 1)) - 1
    text = f"Expected a JPEG with at most {MOST_SCANS} scans, but received more. Save it again."
    return require(contents, (scans <= MOST_SCANS, text, ()))


def _require_all_rows(pixels: tf.Tensor, contents: tf.Tensor, is_cmyk: tf.Tensor) -> tf.Tensor:
    """Returns the pixels of a JPEG, (H, W, C) uint8, if none were missing; see `images.damage.check_jpeg_rows`."""
    distance = tf.cast(pixels[-1, -1], tf.int32) - tf.where(is_cmyk, _MISSING_INKS, max(MISSING))
    is_suspect = tf.reduce_all(tf.abs(distance) <= 1)
    is_complete = tf.cond(is_suspect, lambda: _is_complete(pixels, contents), lambda: True)
    return require(pixels, (is_complete, "Expected a JPEG, but its last rows are missing. Save it again.", ()))


@separate
def _is_complete(pixels: tf.Tensor, contents: tf.Tensor) -> tf.Tensor:
    pieces = split(contents, JPEG_END, -1)
    before = tf.strings.reduce_join(pieces[:-1], separator=JPEG_END)
    return tf.reduce_all(_decode_jpeg(before + PROBE + JPEG_END + pieces[-1]) == pixels)


def _require_light_inks(grey: tf.Tensor, is_cmyk: tf.Tensor) -> tf.Tensor:
    """Requires grey values (H, W) that are light on average of CMYK colours, which may be inverted.

    `images.colours` takes whichever is lighter. If TensorFlow's colours have more than half of the full brightness, the
    others have less.
    """
    text = "Expected light CMYK colours, but received a JPEG that is dark or has inverted colours. Save it as RGB."
    return require(grey, (~is_cmyk | (tf.reduce_mean(grey) >= 127.5), text, ()))


@separate
def decode_webp(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a WebP, () string, whose first bytes are `head`, and turns it upright.

    An animation is refused: TensorFlow 2.21 writes four channels into a buffer for three, which crashes the process.
    A file that begins with a bare bit stream is refused too, because its size is not where it is checked.
    """
    form, flags = read_numbers(head, big(12, 4), little(20, 1))
    is_extended = form == _EXTENDED
    contents = require(
        contents,
        (
            is_extended | (form == _LOSSY) | (form == _LOSSLESS),
            "Expected a WebP, but received one with a damaged header. Save it again.",
            (),
        ),
        (
            ~is_extended | (flags // _ANIMATED % 2 == 0),
            "Expected a WebP with one frame, but received an animation. Save its first frame.",
            (),
        ),
    )
    stored = tuple(is_extended & (flags // flag % 2 == 1) for flag in (_HAS_EXIF, _HAS_XMP))
    # The chunk's name is followed by 4 bytes with its size.
    orientation = read_orientation(contents, b"EXIF", b"XMP ", skipped=4, stored=stored)
    size = tf.unstack(_read_webp_size(head, form), num=2)
    contents, height = _require_line(contents, orientation, size, tf.zeros(2, tf.int64))
    pixels = tf.io.decode_image(contents, expand_animations=False)
    return turn_upright(to_grey(tf.ensure_shape(pixels, (None, None, None))), orientation)


def _read_webp_size(head: tf.Tensor, form: tf.Tensor) -> tf.Tensor:
    """Reads height and width, (2,) int64, from the first chunk of the file."""
    width, height, bits, lossy_width, lossy_height = read_numbers(
        head, little(24, 3), little(27, 3), little(21, 4), little(26, 2), little(28, 2)
    )
    lossless = tf.stack([bits // _WEBP_SIZE % _WEBP_SIZE + 1, bits % _WEBP_SIZE + 1])
    lossy = tf.stack([lossy_height % _WEBP_SIZE, lossy_width % _WEBP_SIZE])
    extended = tf.stack([height + 1, width + 1])
    return tf.where(form == _EXTENDED, extended, tf.where(form == _LOSSLESS, lossless, lossy))
