"""Turns an image upright by the orientation in its EXIF or XMP data, in graph operations."""

from collections.abc import Callable

import tensorflow as tf

from kerasrec.export.headers import read_bytes, split
from kerasrec.export.separate import separate

_PREFIX = b"Exif\0\0"
_TAG = 0x0112
_ENTRIES = 256  # the most entries of the first directory that are searched; cameras write about 20
_ENTRY = 12  # bytes
_SHORT, _LONG = 3, 4


def read_orientation(
    contents: tf.Tensor, exif: bytes, xmp: bytes, skipped: int = 0, stored: tuple[tf.Tensor | bool, ...] = (True, True)
) -> tf.Tensor:
    """Reads the orientation, 1..8, () int32; 1 if there is none. EXIF data has precedence over XMP data, as in Pillow.

    Args:
        contents: The bytes of an image, () string.
        exif: The bytes that precede the EXIF data in the image's format.
        xmp: The bytes that precede the XMP data.
        skipped: The number of bytes between `exif` and the EXIF data.
        stored: Whether the image has EXIF data, and whether it has XMP data, () bool each.
    """
    has_exif, has_xmp = stored
    found = _find(contents, exif, has_exif, lambda data: _read_exif(data, tf.constant(skipped)))
    return tf.maximum(tf.cond(found > 0, lambda: found, lambda: _find(contents, xmp, has_xmp, _read_xmp)), 1)


def _find(
    contents: tf.Tensor, marker: bytes, is_stored: tf.Tensor | bool, read: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Reads what follows a marker, () int32; 0 if there is no marker."""
    pieces = split(contents, marker, 1)
    return tf.cond((tf.size(pieces) > 1) & is_stored, lambda: read(pieces[1]), lambda: 0)


def is_turned(orientation: tf.Tensor) -> tf.Tensor:
    """Whether turning swaps height and width, () bool."""
    return orientation >= 5


def turn_upright(grey: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns and mirrors grey values (H, W) so that they are upright."""
    return tf.cond(orientation > 1, lambda: _turn(grey, orientation), lambda: grey)


@separate
def _turn(grey: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    turned = tf.cond(is_turned(orientation), lambda: tf.transpose(grey), lambda: grey)
    flipped = tf.reduce_any(orientation == [3, 4, 7, 8])
    mirrored = tf.reduce_any(orientation == [2, 3, 6, 7])
    steps = tf.where(tf.stack([flipped, mirrored]), -1, 1)
    return turned[:: steps[0], :: steps[1]]


@separate
def _read_exif(exif: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    """Reads the orientation, () int32, from EXIF data, () string, a TIFF file that begins at `start`; 0 if missing."""
    prefix = read_bytes(exif, start, len(_PREFIX))
    start += tf.where(tf.reduce_all(prefix == list(_PREFIX)), len(_PREFIX), 0)
    head = read_bytes(exif, start, 8)
    is_little = tf.reduce_all(head[:4] == list(b"II*\0"))
    is_known = is_little | tf.reduce_all(head[:4] == list(b"MM\0*"))
    place = tf.minimum(_number(head[4:], 4, is_little), 2**24)  # beyond any EXIF data
    directory = read_bytes(exif, start + tf.cast(place, tf.int32), 2 + _ENTRIES * _ENTRY)
    orientation = _find_orientation(directory, is_little)
    return tf.where(is_known, tf.cast(tf.where(orientation <= 8, orientation, 1), tf.int32), 0)


@separate
def _read_xmp(xmp: tf.Tensor) -> tf.Tensor:
    """Reads the orientation, () int32, from XMP data, () string, an attribute or an element; 0 if missing."""
    pieces = split(xmp, b"tiff:Orientation", 1)
    first, second, third = tf.unstack(read_bytes(pieces[-1], 0, 3))
    is_attribute = (first == ord("=")) & (second == ord('"'))
    digit = tf.where(is_attribute, third, tf.where(first == ord(">"), second, 0)) - ord("0")
    return tf.where((tf.size(pieces) > 1) & (digit >= 1) & (digit <= 8), tf.cast(digit, tf.int32), 0)


def _find_orientation(directory: tf.Tensor, is_little: tf.Tensor) -> tf.Tensor:
    """Returns the tag's value in a directory (2 + 256 * 12,) int64: () int64, 0 if it is missing."""
    entries = tf.reshape(directory[2:], (_ENTRIES, _ENTRY))  # (256, 12): tag, kind, count and value
    tag, kind = _number(entries, 2, is_little), _number(entries[:, 2:], 2, is_little)
    count, value = _number(entries[:, 4:], 4, is_little), entries[:, 8:]
    value = tf.where(kind == _SHORT, _number(value, 2, is_little), _number(value, 4, is_little))
    matches = (tag == _TAG) & ((kind == _SHORT) | (kind == _LONG)) & (count == 1)
    matches &= tf.range(_ENTRIES, dtype=tf.int64) < _number(directory, 2, is_little)
    return tf.reduce_max(tf.where(matches, tf.maximum(value, 1), 0))


def _number(values: tf.Tensor, count: int, is_little: tf.Tensor) -> tf.Tensor:
    """Reads the number in the first `count` bytes of (..., N) int64: (...) int64."""
    powers = [256**i for i in range(count)]
    little, big = tf.constant(powers, tf.int64), tf.constant(powers[::-1], tf.int64)
    return tf.reduce_sum(values[..., :count] * tf.where(is_little, little, big), axis=-1)
