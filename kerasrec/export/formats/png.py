"""PNG."""

import tensorflow as tf

from kerasrec.export.grey import lay_on_paper, luminance, scale_range, to_grey
from kerasrec.export.headers import big, read_bytes, read_numbers, split
from kerasrec.export.orientation import is_turned, read_orientation, turn_upright
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

MOST_TEXTS = 16
"""The most compressed texts; each may grow to 8 MB when it is read, from 8 kB."""

_GREY, _RGB = 0, 2  # of the colour types, those to which a colour may be added that is transparent
_EXIF = b"eXIf"


@separate
def decode_png(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a PNG, () string, whose first bytes are `head`, and stands it upright."""
    width, height, depth, colour = read_numbers(head, big(16, 4), big(20, 4), big(24, 1), big(25, 1))
    orientation = read_orientation(contents, _EXIF)
    upright = tf.where(is_turned(orientation), [width, height], [height, width])
    contents = require_size(_require_few_texts(contents), upright[0], upright[1])
    is_deep = (colour == _GREY) & (depth == 16)
    how = tf.where(is_deep, 2, tf.cast(_has_key(contents, depth, colour), tf.int32))
    decoders = (_decode_plain, _decode_keyed, _decode_deep)
    grey = tf.switch_case(how, [lambda decode=decode: decode(contents) for decode in decoders])
    return turn_upright(grey, orientation)


def _require_few_texts(contents: tf.Tensor) -> tf.Tensor:
    texts = _count(contents, b"zTXt", MOST_TEXTS + 1) + _count(contents, b"iTXt", MOST_TEXTS + 1)
    text = f"Expected a PNG of at most {MOST_TEXTS} compressed texts, but received one of more. Save it without them."
    return require(contents, (texts <= MOST_TEXTS, text, ()))


def _count(contents: tf.Tensor, chunk: bytes, most: int) -> tf.Tensor:
    """How often the name of a chunk stands in a file, up to `most`, () int32."""
    return tf.size(split(contents, chunk, most)) - 1


def _has_key(contents: tf.Tensor, depth: tf.Tensor, colour: tf.Tensor) -> tf.Tensor:
    """Whether Pillow makes one colour of grey or RGB transparent, () bool.

    Of 2, 4 and 16 bits it finds none but black, as it looks for the colour among pixels scaled to 8 bits.
    """
    pieces = split(contents, b"tRNS", 1)
    key, is_grey = read_bytes(pieces[-1], 0, 6), colour == _GREY
    is_black = tf.reduce_all(key[:2] == 0) & (is_grey | tf.reduce_all(key == 0))
    is_found = (depth == 1) | (depth == 8) | is_black
    return (is_grey | (colour == _RGB)) & (tf.size(pieces) > 1) & is_found


def _decode_plain(contents: tf.Tensor) -> tf.Tensor:
    return to_grey(tf.ensure_shape(tf.io.decode_png(contents), (None, None, None)))


@separate
def _decode_keyed(contents: tf.Tensor) -> tf.Tensor:
    """Decodes grey or RGB of which one colour is transparent; TensorFlow leaves that out unless asked for RGBA."""
    pixels = tf.io.decode_png(contents, channels=4)
    opacity = tf.where(pixels[:, :, 3] > 0, tf.constant(255, tf.uint8), tf.constant(0, tf.uint8))
    return lay_on_paper(luminance(pixels[:, :, :3]), opacity)


@separate
def _decode_deep(contents: tf.Tensor) -> tf.Tensor:
    return scale_range(tf.io.decode_png(contents, channels=1, dtype=tf.uint16)[:, :, 0])
