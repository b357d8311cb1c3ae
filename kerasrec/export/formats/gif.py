"""GIF: the first frame, taken out of the file before it is decoded."""

import numpy as np
import tensorflow as tf

from kerasrec.export.formats.gif_frame import Frame, find_frame
from kerasrec.export.grey import lay_on_paper, luminance
from kerasrec.export.headers import little, read_bytes, read_numbers
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

_COLOURS = 256
_NUMBERS = bytes(np.repeat(np.arange(_COLOURS, dtype=np.uint8), 3))  # a palette that shows the number of each colour


@separate
def decode_gif(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes the first frame of a GIF, () string, whose first bytes are `head`, on the screen that it is made for.

    TensorFlow decodes all frames, however many and large, and knows no transparency. So it gets a file of one frame,
    made here, in which the numbers of the colours are the colours.
    """
    frame = find_frame(contents)
    screen = (tf.cast(side, tf.int32) for side in read_numbers(head, little(6, 2), little(8, 2)))
    right, bottom = frame.left + frame.width, frame.top + frame.height
    width, height = (tf.maximum(side, end) for side, end in zip(screen, (right, bottom), strict=True))
    contents = require_size(_require_whole(contents, frame), height, width)
    margins = tf.reshape(tf.stack([frame.top, height - bottom, frame.left, width - right]), (2, 2))
    numbers = tf.pad(_decode_numbers(contents, frame), margins, constant_values=tf.maximum(frame.transparent, 0))
    opacity = tf.where(numbers == frame.transparent, tf.constant(0, tf.uint8), tf.constant(255, tf.uint8))
    return lay_on_paper(tf.gather(_read_palette(contents, frame), numbers), opacity)


def _require_whole(contents: tf.Tensor, frame: Frame) -> tf.Tensor:
    is_whole = frame.is_whole & (frame.width > 0) & (frame.height > 0) & (frame.code_bits >= 2) & (frame.code_bits <= 8)
    text = "Expected a GIF, but received one whose first frame is missing or damaged. Save it again."
    return require(contents, (is_whole, text, ()))


def _decode_numbers(contents: tf.Tensor, frame: Frame) -> tf.Tensor:
    """Decodes a frame to the numbers of its colours, (H, W) int32."""
    size = tf.strings.substr(contents, frame.start + 5, 4)
    alone = tf.strings.join(
        [
            *(b"GIF89a", size, b"\xf7\0\0", _NUMBERS),
            *(b"\x2c\0\0\0\0", size, tf.where(frame.is_interlaced, b"\x40", b"\0")),
            *(tf.strings.substr(contents, frame.pixels, frame.end - frame.pixels), b"\x3b"),
        ]
    )
    decoded = tf.io.decode_image(alone, expand_animations=False)
    return tf.cast(tf.ensure_shape(decoded, (None, None, 3))[:, :, 0], tf.int32)


def _read_palette(contents: tf.Tensor, frame: Frame) -> tf.Tensor:
    """The grey values of the colours, (256,) float32, black where they have ended; without any, their numbers."""
    palette = tf.cast(read_bytes(contents, frame.palette, 3 * _COLOURS), tf.uint8)
    grey = luminance(tf.reshape(palette, (_COLOURS, 1, 3)))[:, 0]
    numbers = tf.range(_COLOURS)
    return tf.where(frame.colours > 0, tf.where(numbers < frame.colours, grey, 0.0), tf.cast(numbers, tf.float32))
