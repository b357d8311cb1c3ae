"""What the first bytes of a picture say, in graph operations: its format and size, before a pixel is decoded.

A decoder that trusts a header allocates what it says, and TensorFlow's decoder of animated WebP ends the process.
"""

from typing import NamedTuple

import tensorflow as tf

_BYTES = 32  # they hold the size in every format but JPEG
_EXIF_BYTES = 4096  # among these a camera says how it was held


class Header(NamedTuple):
    """What a header says; all are scalars of the graph.

    Attributes:
        is_jpeg: Whether it begins as a JPEG does; likewise the other formats. None is true for anything else.
        is_png: Likewise.
        is_gif: Likewise.
        is_bmp: Likewise.
        is_webp: Likewise.
        is_animated_webp: Whether it is a WebP of several frames.
        is_grey_16: Whether it is a PNG with 16 bits of grey.
        height: Rows, int64; 0 if the format is another one.
        width: Columns, int64; 0 if the format is another one.
    """

    is_jpeg: tf.Tensor
    is_png: tf.Tensor
    is_gif: tf.Tensor
    is_bmp: tf.Tensor
    is_webp: tf.Tensor
    is_animated_webp: tf.Tensor
    is_grey_16: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor

    @property
    def is_known(self) -> tf.Tensor:
        """Whether it is one of the formats."""
        return self.is_jpeg | self.is_png | self.is_gif | self.is_bmp | self.is_webp


def read_header(contents: tf.Tensor) -> Header:
    """Reads the header of a picture, () string."""
    head = tf.strings.substr(contents, 0, _BYTES)
    values = tf.cast(tf.io.decode_raw(head, tf.uint8), tf.int64)
    values = tf.ensure_shape(tf.concat([values, tf.zeros(_BYTES, tf.int64)], 0)[:_BYTES], (_BYTES,))

    def little(start: int, count: int) -> tf.Tensor:
        return tf.reduce_sum(values[start : start + count] * [256**i for i in range(count)])

    def big(start: int, count: int) -> tf.Tensor:
        return tf.reduce_sum(values[start : start + count] * [256**i for i in reversed(range(count))])

    def starts(magic: bytes, at: int = 0) -> tf.Tensor:
        return tf.strings.substr(head, at, len(magic)) == magic

    # substr refuses a place beyond the end, so that only a header of full length is asked for what stands later.
    head = tf.strings.join([head, b"\0" * _BYTES])
    is_webp = starts(b"RIFF") & starts(b"WEBP", 8)
    is_extended, is_lossless = starts(b"VP8X", 12), starts(b"VP8L", 12)
    is_jpeg, is_png, is_gif, is_bmp = starts(b"\xff\xd8\xff"), starts(b"\x89PNG\r\n\x1a\n"), starts(b"GIF8"), starts(b"BM")
    shape = tf.cond(
        is_jpeg, lambda: tf.cast(tf.image.extract_jpeg_shape(contents), tf.int64)[:2], lambda: tf.zeros(2, tf.int64)
    )
    of_webp = tf.where(
        is_extended,
        tf.stack([little(27, 3) + 1, little(24, 3) + 1]),
        tf.where(
            is_lossless,
            tf.stack([little(22, 3) // 64 % 16384 + 1, little(21, 2) % 16384 + 1]),
            tf.stack([little(28, 2) % 16384, little(26, 2) % 16384]),
        ),
    )
    of_bmp = tf.stack([_signed(little(22, 4)), _signed(little(18, 4))])  # rows from top to bottom count as negative
    for applies, size in (
        (is_png, tf.stack([big(20, 4), big(16, 4)])),
        (is_gif, tf.stack([little(8, 2), little(6, 2)])),
        (is_bmp, tf.abs(of_bmp)),
        (is_webp, of_webp),
    ):
        shape = tf.where(applies, size, shape)
    return Header(
        is_jpeg=is_jpeg,
        is_png=is_png,
        is_gif=is_gif,
        is_bmp=is_bmp,
        is_webp=is_webp,
        is_animated_webp=is_webp & is_extended & (values[20] // 2 % 2 == 1),
        is_grey_16=is_png & (values[24] == 16) & (values[25] == 0),
        height=shape[0],
        width=shape[1],
    )


def read_orientation(contents: tf.Tensor) -> tf.Tensor:
    """Reads how a camera was held when it took a JPEG: the orientation of its EXIF data, 1..8, () int32; 1 if none."""
    head = tf.strings.substr(contents, 0, _EXIF_BYTES)
    values = tf.cast(tf.io.decode_raw(head, tf.uint8), tf.int32)
    has_exif = tf.strings.regex_full_match(head, rb"(?s)\C*Exif\x00\x00\C*")
    found = [_find(values, pattern) for pattern in ((18, 1, 3, 0, 1, 0, 0, 0, None, 0), (1, 18, 0, 3, 0, 0, 0, 1, 0, None))]
    orientation = tf.reduce_max(tf.stack(found))
    return tf.where(has_exif & (orientation >= 1) & (orientation <= 8), orientation, 1)


def _find(values: tf.Tensor, pattern: tuple[int | None, ...]) -> tf.Tensor:
    """The value at the place of None where a pattern first matches, () int32; 0 if nowhere."""
    places = tf.maximum(tf.shape(values)[0] - len(pattern) + 1, 0)
    matches = tf.fill([places], True)
    for i, expected in enumerate(pattern):
        if expected is not None:
            matches &= values[i : i + places] == expected
    wanted = values[pattern.index(None) :][:places]
    return tf.reduce_max(tf.where(matches, wanted, 0), initial_value=0) if False else tf.reduce_max(
        tf.concat([tf.where(matches, wanted, 0), [0]], 0)
    )


def _signed(value: tf.Tensor) -> tf.Tensor:
    return tf.where(value >= 2**31, value - 2**32, value)
