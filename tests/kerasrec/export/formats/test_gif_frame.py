"""The first frame is found behind any extensions and ends where its blocks end, in few steps."""

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.export.formats.gif_frame import find_frame

HEAD = b"GIF89a\x20\0\x10\0\x80\0\0" + b"\1\2\3\4\5\6"  # two colours
FRAME = b"\x2c\1\0\2\0\3\0\4\0"
BLOCKS = b"\2\x03abc\x01d\0"


GRAPH = tf.function(find_frame, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)


def find(data: bytes, function=GRAPH) -> dict[str, int]:
    return {name: int(value) for name, value in function(tf.constant(data))._asdict().items()}


@pytest.mark.parametrize("function", [GRAPH, find_frame], ids=["graph", "eager"])
def test_what_a_frame_says(function):
    found = find(HEAD + FRAME + b"\x40" + BLOCKS + b";", function)
    place = {"start": 19, "left": 1, "top": 2, "width": 3, "height": 4, "palette": 13, "pixels": 29, "end": 37}
    assert found == place | {"colours": 2, "code_bits": 2, "transparent": -1, "is_interlaced": 1, "is_whole": 1}


def test_an_own_palette_comes_first():
    found = find(HEAD + FRAME + b"\x81" + bytes(12) + BLOCKS)
    assert (found["palette"], found["colours"], found["pixels"]) == (29, 4, 41)
    assert not found["is_interlaced"]


def test_no_palette_has_no_colours():
    assert find(HEAD[:10] + b"\0\0\0" + FRAME + b"\0" + BLOCKS)["colours"] == 0


def test_extensions_are_skipped_and_tell_the_transparent_colour():
    found = find(HEAD + b"\x21\xfe\x05hello\0" + b"\x21\xf9\4\1\0\0\x2a\0" + b"\x21\xff\0" + FRAME + b"\0" + BLOCKS)
    assert (found["start"], found["transparent"], found["is_whole"]) == (19 + 9 + 8 + 3, 42, 1)


@pytest.mark.parametrize("size", [1, 2, 254, 255])
def test_blocks_of_any_size_are_followed(size):
    data = b"".join(bytes([size]) + bytes(size) for _ in range(200_000 // size)) + b"\5hello\0"
    found = find(HEAD + FRAME + b"\0\2" + data + b";")
    assert found["is_whole"]
    assert found["end"] == 19 + 11 + len(data)


def test_blocks_of_random_sizes_are_followed():
    sizes = np.random.default_rng(0).integers(1, 256, 1000)
    data = b"".join(bytes([size]) + bytes(size) for size in sizes.tolist()) + b"\0"
    found = find(HEAD + FRAME + b"\0\2" + data + b";")
    assert (found["end"], found["is_whole"]) == (19 + 11 + len(data), 1)


@pytest.mark.parametrize(
    "data",
    [
        HEAD,
        HEAD[:12],
        HEAD + b";",
        HEAD + FRAME,
        HEAD + FRAME + b"\0" + BLOCKS[:-1],
        HEAD + FRAME + b"\0\2\xffab",
        HEAD + b"\x21\xf9\xff",
        HEAD + b"\x21\xfe\0" * 1_000 + FRAME + b"\0" + BLOCKS,
        HEAD + FRAME + b"\0\2" + b"\1a\2ab" * 1_001 + b"\0;",
    ],
)
def test_what_is_cut_short_or_too_long_is_not_whole(data):
    assert not find(data)["is_whole"]
