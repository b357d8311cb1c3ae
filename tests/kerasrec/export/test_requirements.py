"""The first rule that does not hold stops the graph with its message."""

import pytest
import tensorflow as tf

from kerasrec.errors import BadImage
from kerasrec.export.requirements import require, require_size
from kerasrec.images.loading import _check_shape


def run(function, *values, eagerly: bool = False):
    arguments = [tf.constant(value) for value in values]
    return (function if eagerly else tf.function(function, autograph=False))(*arguments)


@pytest.mark.parametrize("eagerly", [False, True])
def test_bytes_are_returned_if_all_rules_hold(eagerly):
    def check(contents, number):
        return require(
            contents, (number > 3, "Expected more than 3, but received {}.", (number,)), (number < 9, "", ())
        )

    assert run(check, b"abc", 5, eagerly=eagerly) == b"abc"
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected more than 3, but received 2\."):
        run(check, b"abc", 2, eagerly=eagerly)


def test_the_first_rule_that_does_not_hold_is_reported():
    def check(contents, number):
        return require(contents, *((number > i, f"Expected more than {i}.", ()) for i in range(9)))

    for _ in range(20):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Expected more than 4"):
            run(check, b"", 4)


def test_the_whole_message_is_one_sentence():
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(require_size, b"", 20_000, 30_000)
    text = (
        "assertion failed: [Expected an image of at most 33554432 px, but received one of 30000 x 20000 px. "
        "Cut it into lines, or scale it down.]"
    )
    assert text in error.value.message


@pytest.mark.parametrize(
    ("height", "width", "text"),
    [
        (8_192, 4_096, None),
        (8_193, 4_096, "at most 33554432 px"),
        (2**63 - 1, 2**63 - 1, "at most 33554432 px"),
        (2**32, 2**32, "at most 33554432 px"),
        (4, 1, None),
        (3, 9, "at least 4 px high, but received one of 9 x 3 px"),
        (0, 0, "at least 4 px high, but received one of 0 x 0 px"),
        (4, 0, "at least 4 px high, but received one of 0 x 4 px"),
        (-4, 5, "at least 4 px high"),
        (56, 1, "at least 1 px wide when scaled to a height of 28 px, but received an image of 1 x 56 px. Turn it"),
        (55, 1, None),
        (4, 2340, None),
        (4, 2341, "at most 16384 px wide when scaled to a height of 28 px, but received an image of 2341 x 4 px"),
    ],
)
def test_sizes_are_checked(height, width, text):
    arguments = (b"abc", tf.constant(height, tf.int64), tf.constant(width, tf.int64))
    if text is None:
        assert run(require_size, *arguments) == b"abc"
        return
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        run(require_size, *arguments)


@pytest.mark.parametrize("height", [3, 4, 5, 7, 28, 29])
def test_the_greatest_width_matches_load_image(height):
    """The limit is the same to the pixel."""
    import numpy as np

    for width in range(int(16_384.5 * height / 28) - 2, int(16_384.5 * height / 28) + 3):
        refused = []
        for check, error in (
            (lambda w=width: _check_shape(np.broadcast_to(np.uint8(0), (height, w)), "line"), BadImage),
            (lambda w=width: run(require_size, b"", height, w), tf.errors.InvalidArgumentError),
        ):
            try:
                check()
                refused.append(False)
            except error:
                refused.append(True)
        assert refused[0] == refused[1], width
