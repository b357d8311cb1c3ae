"""Decodes the bytes of an image to grey values in graph operations, as `images.load_image` does with Pillow."""

import tensorflow as tf

from kerasrec.export.headers import big, read_bytes, read_numbers
from kerasrec.export.image_formats import decode_jpeg, decode_png, decode_webp
from kerasrec.export.requirements import require

DECODERS = {"PNG": decode_png, "JPEG": decode_jpeg, "WebP": decode_webp}


def decode_picture(contents: tf.Tensor) -> tf.Tensor:
    """Decodes an image, () string, to grey values (H, W) float32, 0..255.

    The values are those of `images.load_image`; for JPEG with CMYK colours, within 1. Bytes that are not an image of a
    line raise an InvalidArgumentError in the graph, before they take much memory or time.
    """
    head = read_bytes(contents)
    decoders = [lambda decode=decode: decode(contents, head) for decode in DECODERS.values()]
    grey = tf.switch_case(find_format(head), [*decoders, lambda: _refuse(contents)])
    return tf.ensure_shape(grey, (None, None))


def find_format(head: tf.Tensor) -> tf.Tensor:
    """Finds the format of an image by its first bytes.

    Args:
        head: (N,) int64, from `read_bytes`.

    Returns:
        () int32, the index in `DECODERS`, or its length for any other format.
    """
    first, second, third = read_numbers(head, big(0, 4), big(4, 4), big(8, 4))
    matches = (
        (first == _magic(b"\x89PNG")) & (second == _magic(b"\r\n\x1a\n")),
        first // 256 == _magic(b"\xff\xd8\xff"),
        (first == _magic(b"RIFF")) & (third == _magic(b"WEBP")),
        True,
    )
    return tf.argmax(tf.cast(tf.stack(matches), tf.int32), output_type=tf.int32)


def _magic(text: bytes) -> int:
    return int.from_bytes(text, "big")


def _refuse(contents: tf.Tensor) -> tf.Tensor:
    length = tf.strings.length(contents)
    text = "Expected a PNG, JPEG or WebP image, but received {} bytes of something else. Save it as PNG."
    require(contents, (tf.constant(False), text, (length,)))
    return tf.zeros((length, 1))
