"""Requirements on an image, checked in graph operations before it is decoded."""

import tensorflow as tf

from kerasrec.images.loading import LEAST_HEIGHT, MOST_COLUMNS
from kerasrec.serving.wire import MOST_PIXELS
from kerasrec.spec import GLYPH_SIZE


def require(contents: tf.Tensor, *rules: tuple[tf.Tensor, str, tuple[tf.Tensor, ...]]) -> tf.Tensor:
    """Returns the bytes of an image if all rules hold; the first that does not raises an InvalidArgumentError.

    Args:
        contents: The bytes, () string.
        rules: For each rule, whether it holds, () bool, the error's text, and the tensors for the text's `{}`.
    """
    for holds, text, values in rules:
        with tf.control_dependencies([contents]):
            check = tf.debugging.Assert(holds, [tf.strings.format(text, values)])
        with tf.control_dependencies([check]):
            contents = tf.identity(contents)
    return contents


def require_size(contents: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of an image if a line can have its size, () int64 in px; raises like `require`."""
    size = (tf.cast(width, tf.float64), tf.cast(height, tf.float64))  # whose product cannot overflow
    columns = tf.round(size[0] * GLYPH_SIZE / tf.maximum(size[1], 1))
    return require(
        contents,
        (
            size[0] * size[1] <= MOST_PIXELS,
            f"Expected an image of at most {MOST_PIXELS} px, but received one of {{}} x {{}} px. "
            "Cut it into lines, or scale it down.",
            (width, height),
        ),
        (
            (height >= LEAST_HEIGHT) & (width > 0),
            f"Expected an image at least {LEAST_HEIGHT} px high, but received one of {{}} x {{}} px. "
            "Scan it at a higher resolution.",
            (width, height),
        ),
        (
            columns >= 1,
            f"Expected a line at least 1 px wide when scaled to a height of {GLYPH_SIZE} px, but received an image of "
            "{} x {} px. Turn it, or cut it into lines.",
            (width, height),
        ),
        (
            columns <= MOST_COLUMNS,
            f"Expected a line at most {MOST_COLUMNS} px wide when scaled to a height of {GLYPH_SIZE} px, but received "
            "an image of {} x {} px. Cut it into shorter lines.",
            (width, height),
        ),
    )
