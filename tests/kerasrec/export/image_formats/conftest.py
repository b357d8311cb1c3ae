"""Decoding in a graph, compared with Pillow's result for the same bytes."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.export.image_bytes import decode_picture
from kerasrec.images.loading import load_image

Decode = Callable[[bytes], np.ndarray]


@pytest.fixture(scope="session")
def decode() -> Decode:
    """Decodes bytes to grey values as the SavedModel does."""
    graph = tf.function(decode_picture, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)
    return lambda data: graph(tf.constant(data)).numpy()


@pytest.fixture(scope="session")
def same(decode: Decode) -> Decode:
    """Decodes bytes, and fails if the values are not those of `load_image`."""

    def compare(data: bytes) -> np.ndarray:
        grey, expected = decode(data), load_image(data)
        assert (grey.dtype, grey.shape) == (np.float32, expected.shape)
        np.testing.assert_array_equal(grey, expected)
        return grey

    return compare


@pytest.fixture(scope="session")
def refusal(decode: Decode) -> Callable[[bytes], str]:
    """Returns the message with which the graph refuses bytes."""

    def refuse(data: bytes) -> str:
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            decode(data)
        return error.value.message

    return refuse


@pytest.fixture(scope="session")
def exif() -> Callable[..., bytes]:
    """Makes EXIF data with an orientation, big-endian or little-endian."""

    def make(orientation: int, order: str = "little", kind: int = 3, gap: int = 0) -> bytes:
        def number(value: int, length: int) -> bytes:
            return value.to_bytes(length, order)

        value = number(orientation, 2 if kind == 3 else 4).ljust(4, b"\0")
        entries = [
            number(0x010F, 2) + number(2, 2) + number(4, 4) + b"abc\0",
            number(0x0112, 2) + number(kind, 2) + number(1, 4) + value,
        ]
        start = {"little": b"II", "big": b"MM"}[order] + number(42, 2) + number(8 + gap, 4) + bytes(gap)
        return start + number(len(entries), 2) + b"".join(entries) + bytes(4)

    return make
