"""Where the first frame of a GIF lies among its blocks, found in a bounded number of steps."""

from typing import NamedTuple

import tensorflow as tf

_HEADER = 13  # bytes before the palette of the file
_DESCRIPTOR = 10  # bytes before the palette of a frame
_EXTENSION, _CONTROL, _FRAME = 0x21, 0xF9, 0x2C
_LABEL = 2  # bytes before the blocks of an extension: that it is one, and of what kind
_MOST_STEPS = 2_000
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
    common = _count_colours(_at(values, 10))
    end, start, transparent, is_whole = _walk(values, _HEADER + 3 * common)
    left, top, width, height = (_at(values, start + i) + 256 * _at(values, start + i + 1) for i in (1, 3, 5, 7))
    own = _count_colours(_at(values, start + 9))
    pixels = start + _DESCRIPTOR + 3 * own
    return Frame(
        start=start,
        left=left,
        top=top,
        width=width,
        height=height,
        is_interlaced=_at(values, start + 9) // 64 % 2 == 1,
        palette=tf.where(own > 0, start + _DESCRIPTOR, _HEADER),
        colours=tf.where(own > 0, own, common),
        pixels=pixels,
        code_bits=_at(values, pixels),
        end=end,
        transparent=transparent,
        is_whole=is_whole & (end <= tf.size(values) - _BEYOND),
    )


def _walk(values: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Walks over extensions and one frame, each of which is a head and a chain of blocks.

    Returns:
        What stands behind the frame, where it begins, its transparent colour, and whether it was found with its end.
    """

    def goes_on(place: tf.Tensor, frame: tf.Tensor, _: tf.Tensor, is_inside: tf.Tensor) -> tf.Tensor:
        value = _at(values, place)
        return is_inside | ((frame < 0) & ((value == _EXTENSION) | (value == _FRAME)))

    def step(
        place: tf.Tensor, frame: tf.Tensor, transparent: tf.Tensor, is_inside: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        value = _at(values, place)
        is_frame = ~is_inside & (value == _FRAME)
        is_control = ~is_inside & (value == _EXTENSION) & (_at(values, place + 1) == _CONTROL)
        has_transparent = is_control & (_at(values, place + 3) % 2 == 1)
        head = tf.where(is_frame, _DESCRIPTOR + 3 * _count_colours(_at(values, place + 9)) + 1, _LABEL)
        return (
            place + tf.where(is_inside, _measure_run(values, place), head),
            tf.where(is_frame, place, frame),
            tf.where(has_transparent, _at(values, place + 6), transparent),
            ~is_inside | (value > 0),
        )

    state = (place, tf.constant(-1), tf.constant(-1), tf.constant(False))
    end, frame, transparent, is_inside = tf.while_loop(goes_on, step, state, maximum_iterations=_MOST_STEPS)
    return end, tf.maximum(frame, 0), transparent, (frame >= 0) & ~is_inside


def _measure_run(values: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """How many bytes the blocks take that follow one another and have the same length; 1 for that without a length.

    Most blocks of a chain have the same length, so that one step skips all of these.
    """
    length = _at(values, place)
    lengths = values[place : place + _WINDOW : length + 1]
    is_same = tf.concat([tf.equal(lengths, tf.cast(length, tf.uint8)), [False]], 0)
    run = (length + 1) * tf.argmin(tf.cast(is_same, tf.int32), output_type=tf.int32)
    return tf.where(length > 0, run, 1)


def _count_colours(flags: tf.Tensor) -> tf.Tensor:
    return tf.where(flags >= 128, 2 ** (flags % 8 + 1), 0)


def _at(values: tf.Tensor, place: tf.Tensor | int) -> tf.Tensor:
    return tf.cast(values[tf.minimum(place, tf.size(values) - 1)], tf.int32)
