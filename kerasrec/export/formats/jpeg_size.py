"""The size of a JPEG by its header.

`tf.image.extract_jpeg_shape` would say it too, but it decodes a progressive picture for that, whatever its size.
"""

import tensorflow as tf

from kerasrec.export.headers import big, read_bytes, read_numbers

_FILL = 0xFF  # may stand before a marker, any number of times
_SEGMENTS = {_FILL, 0xC4, 0xCC, 0xFE, *range(0xDB, 0xDF), *range(0xE0, 0xF0)}  # what may stand before the size
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # where the size stands
_MOST_SEGMENTS = 500
_BYTES = 9  # from a marker to the width


def read_size(contents: tf.Tensor) -> tf.Tensor:
    """Reads the height and the width of a JPEG, () string: (2,) int64 in px; 0 if its header is damaged."""
    skipped = tf.constant([marker in _SEGMENTS for marker in range(256)])

    def is_skipped(_: tf.Tensor, segment: tf.Tensor) -> tf.Tensor:
        return (segment[0] == 0xFF) & tf.gather(skipped, segment[1])

    def skip(place: tf.Tensor, segment: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        marker, length = read_numbers(segment, big(1, 1), big(2, 2))
        place += tf.cast(tf.where(marker == _FILL, tf.ones_like(length), 2 + length), tf.int32)
        return place, read_bytes(contents, place, _BYTES)

    start = tf.constant(2)
    segments = (start, read_bytes(contents, start, _BYTES))
    _, segment = tf.while_loop(is_skipped, skip, segments, maximum_iterations=_MOST_SEGMENTS)
    marker, height, width = read_numbers(segment, big(0, 2), big(5, 2), big(7, 2))
    is_frame = tf.reduce_any(marker == [0xFF00 + frame for frame in sorted(_FRAMES)])
    return tf.where(is_frame, tf.stack([height, width]), tf.zeros(2, tf.int64))
