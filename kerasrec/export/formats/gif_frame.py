"""Where the first frame of a GIF lies among its blocks, found in a bounded number of steps."""

from typing import NamedTuple

import tensorflow as tf

_HEADER = 13  # bytes before the palette of the file
_DESCRIPTOR = 10  # bytes before the palette of a frame
_EXTENSION, _CONTROL, _FRAME = 0x21, 0xF9, 0x2C
_LABEL = 2  # bytes before the blocks of an extension: that it is one, and of what kind
_MOST_EXTENSIONS, _MOST_RUNS = 50, 5_000
_WINDOW = 2**16  # bytes that are looked at in one step
_BEYOND = 300  # zeros behind the end of the file: a block that is cut short ends among them


class Frame(NamedTuple):
    """A frame. Places and sizes are () int32; what is beyond the end of the file is read as 0.

    Attributes:
        start: Where its description begins.
        left: Its place on the screen, in px; likewise `top`.
        top: See `left`.
        width: Its size in px; likewise `height`.
        height: See `width`.
        is_interlaced: Whether the order of its rows is that of a GIF that shows early, () bool.
        palette: Where its palette is.
        colours: Of how many colours; 0 if there is none.
        pixels: Where its pixels begin, with the number of bits that a code has at first.
        code_bits: This number.
        end: Behind the last byte of its pixels.
        transparent: The number of the colour that is not seen; -1 if all are.
        is_whole: Whether there is a frame, with its end, () bool.
    """

    start: tf.Tensor
    left: tf.Tensor
    top: tf.Tensor
    width: tf.Tensor
    height: tf.Tensor
    is_interlaced: tf.Tensor
    palette: tf.Tensor
    colours: tf.Tensor
    pixels: tf.Tensor
    code_bits: tf.Tensor
    end: tf.Tensor
    transparent: tf.Tensor
    is_whole: tf.Tensor


def find_frame(contents: tf.Tensor) -> Frame:
    """Finds the first frame of a GIF, () string."""
    values = tf.pad(tf.io.decode_raw(contents, tf.uint8), [[0, _BEYOND]])
    length = tf.size(values) - _BEYOND
    common = _count_colours(_at(values, 10))
    start, transparent = _skip_extensions(values, _HEADER + 3 * common)
    left, top, width, height = (_at(values, start + i) + 256 * _at(values, start + i + 1) for i in (1, 3, 5, 7))
    flags = _at(values, start + 9)
    own = _count_colours(flags)
    pixels = start + _DESCRIPTOR + 3 * own
    end = _skip_blocks(values, pixels + 1)
    return Frame(
        start=start,
        left=left,
        top=top,
        width=width,
        height=height,
        is_interlaced=flags // 64 % 2 == 1,
        palette=tf.where(own > 0, start + _DESCRIPTOR, _HEADER),
        colours=tf.where(own > 0, own, common),
        pixels=pixels,
        code_bits=_at(values, pixels),
        end=end,
        transparent=transparent,
        is_whole=(_at(values, start) == _FRAME) & (_at(values, end - 1) == 0) & (end <= length),
    )


def _count_colours(flags: tf.Tensor) -> tf.Tensor:
    return tf.where(flags >= 128, 2 ** (flags % 8 + 1), 0)


def _skip_extensions(values: tf.Tensor, start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Finds what stands behind the extensions, and the transparent colour of which one of them tells."""

    def is_extension(place: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
        return _at(values, place) == _EXTENSION

    def skip(place: tf.Tensor, transparent: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        has_transparent = (_at(values, place + 1) == _CONTROL) & (_at(values, place + 3) % 2 == 1)
        transparent = tf.where(has_transparent, _at(values, place + 6), transparent)
        return _skip_blocks(values, place + _LABEL), transparent

    return tf.while_loop(is_extension, skip, (start, -1), maximum_iterations=_MOST_EXTENSIONS)


def _skip_blocks(values: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    """Finds what stands behind a chain of blocks, each of which begins with its length; the last has none.

    Most blocks of a chain have the same length, so that one step skips all of these.
    """

    def is_inside(place: tf.Tensor) -> tf.Tensor:
        return _at(values, place) > 0

    def skip(place: tf.Tensor) -> tuple[tf.Tensor]:
        length = _at(values, place)
        lengths = values[place : place + _WINDOW : length + 1]
        is_same = tf.concat([tf.equal(lengths, tf.cast(length, tf.uint8)), [False]], 0)
        return (place + (length + 1) * tf.argmin(tf.cast(is_same, tf.int32), output_type=tf.int32),)

    (place,) = tf.while_loop(is_inside, skip, (start,), maximum_iterations=_MOST_RUNS)
    return place + 1


def _at(values: tf.Tensor, place: tf.Tensor | int) -> tf.Tensor:
    return tf.cast(values[tf.minimum(place, tf.size(values) - 1)], tf.int32)
