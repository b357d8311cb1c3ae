"""From the bytes of a picture to grey values, in graph operations: what `images.load_image` does outside."""

import tensorflow as tf

from kerasrec.export.formats.bmp import decode_bmp
from kerasrec.export.formats.gif import decode_gif
from kerasrec.export.formats.jpeg import decode_jpeg
from kerasrec.export.formats.png import decode_png
from kerasrec.export.formats.webp import decode_webp
from kerasrec.export.headers import FORMATS, find_format, read_bytes
from kerasrec.export.requirements import require

_DECODERS = {"PNG": decode_png, "JPEG": decode_jpeg, "BMP": decode_bmp, "GIF": decode_gif, "WebP": decode_webp}


def decode_picture(contents: tf.Tensor) -> tf.Tensor:
    """Decodes a picture, () string, to grey values (H, W) float32, 0..255.

    The values are those of `images.load_image`, in JPEG with CMYK colours to within 1. What is no picture of a line
    raises an InvalidArgumentError in the graph, before much memory or time is taken.
    """
    head = read_bytes(contents)
    decoders = [lambda decode=_DECODERS[name]: decode(contents, head) for name in FORMATS]
    grey = tf.switch_case(find_format(head), [*decoders, lambda: _refuse(contents)])
    return tf.ensure_shape(grey, (None, None))


def _refuse(contents: tf.Tensor) -> tf.Tensor:
    length = tf.strings.length(contents)
    text = f"Expected a picture in one of the formats {', '.join(FORMATS)}, but received {{}} bytes of something else."
    require(contents, (tf.constant(False), text, (length,)))
    return tf.zeros((length, 1))
