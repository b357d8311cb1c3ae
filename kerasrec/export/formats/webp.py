"""WebP."""

import tensorflow as tf

from kerasrec.export.grey import to_grey
from kerasrec.export.headers import big, little, read_numbers
from kerasrec.export.orientation import is_turned, read_orientation, turn_upright
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

_LOSSY, _LOSSLESS, _EXTENDED = (int.from_bytes(name, "big") for name in (b"VP8 ", b"VP8L", b"VP8X"))
_ANIMATED, _HAS_EXIF = 2, 8  # flags of the extended form
_EXIF, _EXIF_SIZE = b"EXIF", 4  # the name of a chunk, and how many bytes say its size
_SIZE = 2**14  # of the lossy and the lossless form, the first that is too great


@separate
def decode_webp(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a WebP, () string, whose first bytes are `head`, and stands it upright.

    An animation is refused: TensorFlow 2.21 writes four channels of it where it has room for three, and the process
    ends. So is a file that begins with a bare bit stream: it has no size at the place where one is checked.
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
            "Expected a WebP of one frame, but received an animation. Save its first frame.",
            (),
        ),
    )
    orientation = tf.cond(
        is_extended & (flags // _HAS_EXIF % 2 == 1), lambda: read_orientation(contents, _EXIF, _EXIF_SIZE), lambda: 1
    )
    size = _read_size(head, form)
    upright = tf.where(is_turned(orientation), tf.reverse(size, [0]), size)
    contents = require_size(contents, upright[0], upright[1])
    pixels = tf.io.decode_image(contents, expand_animations=False)
    return turn_upright(to_grey(tf.ensure_shape(pixels, (None, None, None))), orientation)


def _read_size(head: tf.Tensor, form: tf.Tensor) -> tf.Tensor:
    """The height and the width, (2,) int64, by the first chunk of the file."""
    width, height, bits, lossy_width, lossy_height = read_numbers(
        head, little(24, 3), little(27, 3), little(21, 4), little(26, 2), little(28, 2)
    )
    lossless = tf.stack([bits // _SIZE % _SIZE + 1, bits % _SIZE + 1])
    lossy = tf.stack([lossy_height % _SIZE, lossy_width % _SIZE])
    extended = tf.stack([height + 1, width + 1])
    return tf.where(form == _EXTENDED, extended, tf.where(form == _LOSSLESS, lossless, lossy))
