"""Decoders of PNG, JPEG and WebP: from bytes to grey values (H, W) float32, 0..255, in graph operations.

Each decoder checks the header first. A decoder that trusts it allocates whatever it declares: a file of a few kilobytes
can make some of TensorFlow's decoders take gigabytes or minutes, or crash the process.
"""

import tensorflow as tf

from kerasrec.export.grey import lay_on_paper, luminance, scale_range, to_grey
from kerasrec.export.headers import big, little, read_bytes, read_numbers, split
from kerasrec.export.orientation import is_turned, read_orientation, turn_upright
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

MOST_TEXTS = 16
"""The most compressed texts in a PNG; each can grow from 8 kB to 8 MB when it is read."""

MOST_SCANS = 32
"""The most scans in a JPEG; encoders write up to 20, and each can take as long to decode as a whole image."""

_GREY, _RGB = 0, 2  # PNG's colour types in which one colour may be declared transparent
_SCAN = b"\xff\xda"  # starts each scan of a JPEG
_LOSSY, _LOSSLESS, _EXTENDED = (int.from_bytes(name, "big") for name in (b"VP8 ", b"VP8L", b"VP8X"))
_ANIMATED, _HAS_EXIF = 2, 8  # flags of WebP's extended form
_WEBP_SIZE = 2**14  # one more than the greatest size of WebP's lossy and lossless form


@separate
def decode_png(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG, () string, whose first bytes are `head`, and turns it upright."""
    width, height, depth, colour = read_numbers(head, big(16, 4), big(20, 4), big(24, 1), big(25, 1))
    orientation = read_orientation(contents, b"eXIf")
    upright = tf.where(is_turned(orientation), [width, height], [height, width])
    contents = require_size(_require_few_texts(contents), upright[0], upright[1])
    is_deep = (colour == _GREY) & (depth == 16)
    kind = tf.where(is_deep, 2, tf.cast(_has_key(contents, depth, colour), tf.int32))
    decoders = (_decode_plain_png, _decode_keyed_png, _decode_deep_png)
    grey = tf.switch_case(kind, [lambda decode=decode: decode(contents) for decode in decoders])
    return turn_upright(grey, orientation)


def _require_few_texts(contents: tf.Tensor) -> tf.Tensor:
    texts = _count_chunks(contents, b"zTXt", MOST_TEXTS + 1) + _count_chunks(contents, b"iTXt", MOST_TEXTS + 1)
    text = f"Expected a PNG with at most {MOST_TEXTS} compressed texts, but received more. Save it without them."
    return require(contents, (texts <= MOST_TEXTS, text, ()))


def _count_chunks(contents: tf.Tensor, chunk: bytes, most: int) -> tf.Tensor:
    """The number of times a chunk's name occurs in a file, up to `most`, () int32."""
    return tf.size(split(contents, chunk, most)) - 1


def _has_key(contents: tf.Tensor, depth: tf.Tensor, colour: tf.Tensor) -> tf.Tensor:
    """Whether Pillow makes one colour of a grey or RGB image transparent, () bool.

    At 2, 4 and 16 bits it finds only black, because it looks for the colour among pixels already scaled to 8 bits.
    """
    pieces = split(contents, b"tRNS", 1)
    key, is_grey = read_bytes(pieces[-1], 0, 6), colour == _GREY
    is_black = tf.reduce_all(key[:2] == 0) & (is_grey | tf.reduce_all(key == 0))
    is_found = (depth == 1) | (depth == 8) | is_black
    return (is_grey | (colour == _RGB)) & (tf.size(pieces) > 1) & is_found


def _decode_plain_png(contents: tf.Tensor) -> tf.Tensor:
    return to_grey(tf.ensure_shape(tf.io.decode_png(contents), (None, None, None)))


@separate
def _decode_keyed_png(contents: tf.Tensor) -> tf.Tensor:
    """Decodes grey or RGB with one transparent colour, which TensorFlow ignores unless asked for RGBA."""
    pixels = tf.io.decode_png(contents, channels=4)
    opacity = tf.where(pixels[:, :, 3] > 0, tf.constant(255, tf.uint8), tf.constant(0, tf.uint8))
    return lay_on_paper(luminance(pixels[:, :, :3]), opacity)


@separate
def _decode_deep_png(contents: tf.Tensor) -> tf.Tensor:
    return scale_range(tf.io.decode_png(contents, channels=1, dtype=tf.uint16)[:, :, 0])


@separate
def decode_jpeg(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG, () string, whose first bytes are `head`, and turns it upright."""
    size = tf.image.extract_jpeg_shape(contents)[:2]
    orientation = read_orientation(contents, b"Exif\0\0")
    height, width = tf.unstack(tf.where(is_turned(orientation), tf.reverse(size, [0]), size), num=2)
    contents = require_size(_require_few_scans(contents), height, width)
    pixels = tf.io.decode_jpeg(contents, dct_method="INTEGER_ACCURATE")
    return turn_upright(to_grey(tf.ensure_shape(pixels, (None, None, None))), orientation)


def _require_few_scans(contents: tf.Tensor) -> tf.Tensor:
    scans = tf.size(split(contents, _SCAN, MOST_SCANS + 1)) - 1
    text = f"Expected a JPEG with at most {MOST_SCANS} scans, but received more. Save it again."
    return require(contents, (scans <= MOST_SCANS, text, ()))


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
    has_exif = is_extended & (flags // _HAS_EXIF % 2 == 1)
    # The chunk's name is followed by 4 bytes with its size.
    orientation = tf.cond(has_exif, lambda: read_orientation(contents, b"EXIF", skipped=4), lambda: 1)
    size = _read_webp_size(head, form)
    upright = tf.where(is_turned(orientation), tf.reverse(size, [0]), size)
    contents = require_size(contents, upright[0], upright[1])
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
