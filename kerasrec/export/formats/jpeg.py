"""JPEG."""

import tensorflow as tf

from kerasrec.export.grey import to_grey
from kerasrec.export.headers import split
from kerasrec.export.orientation import is_turned, read_orientation, turn_upright
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

MOST_SCANS = 32
"""The most scans of a picture; encoders write up to 20, and each may take as long as a whole picture."""

_SCAN = b"\xff\xda"
_EXIF = b"Exif\0\0"


@separate
def decode_jpeg(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG, () string, whose first bytes are `head`, and stands it upright."""
    size = tf.image.extract_jpeg_shape(contents)[:2]
    orientation = read_orientation(contents, _EXIF)
    height, width = tf.unstack(tf.where(is_turned(orientation), tf.reverse(size, [0]), size), num=2)
    contents = require_size(_require_few_scans(contents), height, width)
    pixels = tf.io.decode_jpeg(contents, dct_method="INTEGER_ACCURATE")
    return turn_upright(to_grey(tf.ensure_shape(pixels, (None, None, None))), orientation)


def _require_few_scans(contents: tf.Tensor) -> tf.Tensor:
    scans = tf.size(split(contents, _SCAN, MOST_SCANS + 1)) - 1
    text = f"Expected a JPEG of at most {MOST_SCANS} scans, but received one of more. Save it again."
    return require(contents, (scans <= MOST_SCANS, text, ()))
