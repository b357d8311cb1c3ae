"""BMP, of which TensorFlow's decoder knows a part: it leaves palettes out and takes unused bytes for opacity."""

from typing import NamedTuple

import tensorflow as tf

from kerasrec.export.grey import luminance, to_grey
from kerasrec.export.headers import big, little, read_bytes, read_numbers
from kerasrec.export.requirements import require, require_size
from kerasrec.export.separate import separate

_INFO = 14  # where the second header begins
_OLD = 12  # bytes of the second header in the form of OS/2 1
_MASKS = _INFO + 40  # where red, green, blue and, in the longer headers, opacity are described
_WITH_OPACITY = 56  # bytes of the shortest header that describes opacity
_COLOURS = 256


class _Layout(NamedTuple):
    """What the headers say: () int64 each; `is_downwards` and `has_opacity` () bool."""

    offset: tf.Tensor
    header: tf.Tensor
    width: tf.Tensor
    height: tf.Tensor
    bits: tf.Tensor
    colours: tf.Tensor
    is_downwards: tf.Tensor
    has_opacity: tf.Tensor

    @property
    def stride(self) -> tf.Tensor:
        """Bytes from one row to the next."""
        return (self.width * self.bits + 31) // 32 * 4

    @property
    def end(self) -> tf.Tensor:
        """Where the file may end: the last row need not be filled up."""
        return self.offset + self.stride * (self.height - 1) + (self.width * self.bits + 7) // 8


@separate
def decode_bmp(contents: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Decodes a BMP of 1, 4, 8, 24 or 32 bits a pixel without compression, () string, whose first bytes are `head`."""
    layout = _read_layout(head)
    contents = require_size(_require_kind(contents, head, layout), layout.height, layout.width)
    contents = _require_length(contents, layout)
    size = tf.cast(layout.stride * layout.height, tf.int32)
    pixels = tf.strings.substr(contents, tf.cast(layout.offset, tf.int32), size)
    rows = tf.reshape(tf.io.decode_raw(pixels, tf.uint8, fixed_length=size), tf.stack([layout.height, -1]))  # (H, S)
    rows = tf.cond(layout.is_downwards, lambda: rows, lambda: tf.reverse(rows, [0]))
    return tf.cond(layout.bits <= 8, lambda: _look_up(contents, rows, layout), lambda: _mix(rows, layout))


def _read_layout(head: tf.Tensor) -> _Layout:
    offset, header, mask = read_numbers(head, little(10, 4), little(_INFO, 4), little(_MASKS + 12, 4))
    old = read_numbers(head, little(18, 2), little(20, 2), little(24, 2), little(_INFO + 1, 3))  # the last is 0
    new = read_numbers(head, little(18, 4), little(22, 4), little(28, 2), little(46, 4))
    width, height, bits, colours = tf.unstack(tf.where(header == _OLD, tf.stack(old), tf.stack(new)))
    is_downwards = height >= 2**31  # a negative number
    return _Layout(
        offset=offset,
        header=header,
        width=width,
        height=tf.where(is_downwards, 2**32 - height, height),
        bits=bits,
        colours=tf.where(colours == 0, 2 ** tf.minimum(bits, 8), colours),
        is_downwards=is_downwards,
        has_opacity=(_compression(head) == 3) & (header >= _WITH_OPACITY) & (mask == 0xFF000000),
    )


def _compression(head: tf.Tensor) -> tf.Tensor:
    header, compression = read_numbers(head, little(_INFO, 4), little(30, 4))
    return tf.where(header == _OLD, tf.zeros_like(compression), compression)


def _require_kind(contents: tf.Tensor, head: tf.Tensor, layout: _Layout) -> tf.Tensor:
    compression, masks = _compression(head), read_numbers(head, *(big(_MASKS + 4 * i, 4) for i in range(3)))
    is_masked = (compression == 3) & tf.reduce_all(tf.stack(masks) == [0xFF00, 0xFF0000, 0xFF000000])
    is_plain = (compression == 0) & tf.reduce_any(layout.bits == [1, 4, 8, 24, 32])
    return require(
        contents,
        (
            is_plain | (is_masked & (layout.bits == 32)),
            "Expected a BMP of 1, 4, 8, 24 or 32 bits a pixel without compression, but received one of {} bits with "
            "compression {}. Save it as PNG.",
            (layout.bits, compression),
        ),
        (
            layout.offset >= _INFO + layout.header,
            "Expected a BMP, but received one with a damaged header. Save it again.",
            (),
        ),
    )


def _require_length(contents: tf.Tensor, layout: _Layout) -> tf.Tensor:
    received = tf.cast(tf.strings.length(contents), tf.int64)
    text = "Expected a BMP of at least {} bytes, by its header, but received {}. Save it again."
    return require(contents, (received >= layout.end, text, (layout.end, received)))


def _look_up(contents: tf.Tensor, rows: tf.Tensor, layout: _Layout) -> tf.Tensor:
    """The grey values (H, W) float32 of pixels of 1, 4 or 8 bits, the first of each byte in its highest bits."""
    bits = tf.cast(tf.maximum(layout.bits, 1), tf.int32)  # a range of step 0 would fail before the check does
    shifts = tf.cast(tf.range(8 - bits, -1, -bits), tf.uint8)
    numbers = tf.bitwise.right_shift(rows[:, :, None], shifts) & tf.cast(2**bits - 1, tf.uint8)  # (H, S, 8 / bits)
    numbers = tf.reshape(numbers, tf.stack([layout.height, -1]))[:, : layout.width]  # (H, W)
    return tf.gather(_read_palette(contents, layout), tf.cast(numbers, tf.int32))


def _read_palette(contents: tf.Tensor, layout: _Layout) -> tf.Tensor:
    """The grey values of the palette, (256,) float32, black where it has ended."""
    entry = tf.where(layout.header == _OLD, 3, 4)
    palette = read_bytes(contents, tf.cast(_INFO + layout.header, tf.int32), 4 * _COLOURS)
    colours = tf.reshape(palette[: _COLOURS * entry], tf.stack([_COLOURS, 1, entry]))
    colours = tf.reverse(colours[:, :, :3], [2])
    grey = luminance(tf.cast(colours, tf.uint8))[:, 0]
    return tf.where(tf.range(_COLOURS, dtype=tf.int64) < layout.colours, grey, 0.0)


def _mix(rows: tf.Tensor, layout: _Layout) -> tf.Tensor:
    """The grey values (H, W) float32 of blue, green, red and perhaps opacity."""
    pixels = rows[:, : layout.width * layout.bits // 8]
    pixels = tf.reshape(pixels, tf.stack([layout.height, layout.width, -1]))  # (H, W, 3 or 4)
    rgb = tf.reverse(pixels[:, :, :3], [2])
    return to_grey(tf.cond(layout.has_opacity, lambda: tf.concat([rgb, pixels[:, :, 3:]], axis=2), lambda: rgb))
