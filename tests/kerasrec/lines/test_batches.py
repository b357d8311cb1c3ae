from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.batches import GROUP, TrainingLines, evaluation_batches, pad_right
from kerasrec.lines.composer import LineComposer
from kerasrec.spec import LineSpec

SENTENCES = ("abba cab", "a bb", "dad cccc", "abcdabcd")


@pytest.fixture(scope="module")
def composer(random_pool) -> LineComposer:
    """Composes lines of 1 to 8 characters, each as wide as its characters."""
    return LineComposer(random_pool("abcd"), SENTENCES, Alphabet(), LineSpec(max_length=8), fit_rows=False)


@pytest.fixture(scope="module")
def fixed(random_pool) -> LineComposer:
    """Composes lines on a canvas of fixed width, as the labs do."""
    return LineComposer(random_pool("abcd"), SENTENCES, Alphabet(), LineSpec(max_length=8, fixed_width=True))


def take(lines: TrainingLines, batches: int, first: int = 0) -> list[dict[str, np.ndarray]]:
    return list(lines.open(first).take(batches).as_numpy_iterator())


def numbers(lines: TrainingLines, batches: int, first: int = 0) -> np.ndarray:
    """The numbers of the lines of successive batches, (batches, B), without drawing the lines."""
    groups = range(first // GROUP, (first + batches - 1) // GROUP + 1)
    found = np.concatenate([lines._group(tf.constant(group, tf.int64)).numpy() for group in groups])
    return found[first % GROUP :][:batches]


def assert_same(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> None:
    assert one.keys() == two.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, two[name], err_msg=name)


def test_a_batch_holds_the_lines_of_its_numbers(composer):
    lines = TrainingLines(composer, 3, margin=48)
    for batch, chosen in zip(take(lines, 4), numbers(lines, 4), strict=True):
        alone = composer(tf.constant(chosen))
        width = alone["images"].shape[2]
        np.testing.assert_array_equal(batch["images"][:, :, :width], alone["images"])
        assert not batch["images"][:, :, width:].any()
        for name in ("widths", "labels", "lengths", "starts", "ends", "overlaps"):
            np.testing.assert_array_equal(batch[name], alone[name], err_msg=name)


@pytest.mark.parametrize("repeat_after", [None, 10])
def test_a_stream_opened_at_a_later_batch_continues_from_there(composer, repeat_after):
    lines = TrainingLines(composer, 2, repeat_after, margin=48)
    first = GROUP - 1
    for resumed, batch in zip(take(lines, 3, first), take(lines, first + 3)[first:], strict=True):
        assert_same(resumed, batch)


@pytest.mark.parametrize(("of", "first"), [(2, 0), (3, GROUP - 1)])
def test_the_shares_of_a_batch_have_its_lines(composer, of, first):
    lines = TrainingLines(composer, 7, margin=48)
    streams = [lines.open(first, [share], of).take(3).as_numpy_iterator() for share in range(of)]
    for batch, *shares in zip(take(lines, 3, first), *streams, strict=True):
        for share, dealt in enumerate(shares):
            width = min(dealt["images"].shape[2], batch["images"].shape[2])
            np.testing.assert_array_equal(dealt["images"][:, :, :width], batch["images"][share::of, :, :width])
            np.testing.assert_array_equal(dealt["labels"], batch["labels"][share::of])


def test_a_host_gets_the_shares_of_its_devices_in_turn(composer):
    lines = TrainingLines(composer, 8)
    both = list(lines.open(0, range(2, 4), 4).take(4).as_numpy_iterator())
    for number, dealt in enumerate(both):
        (alone,) = lines.open(number // 2, [2 + number % 2], 4).take(1).as_numpy_iterator()
        assert_same(dealt, alone)


@pytest.mark.parametrize("batch_size", [1, 4, 7])
@pytest.mark.parametrize("kind", ["composer", "fixed"])
def test_each_line_of_an_endless_stream_occurs_once(kind, batch_size, request):
    lines = TrainingLines(request.getfixturevalue(kind), batch_size)
    found = numbers(lines, 3 * GROUP)
    assert found.shape == (3 * GROUP, batch_size)
    groups = np.sort(found.reshape(3, -1), axis=1)
    np.testing.assert_array_equal(groups.ravel(), np.arange(3 * GROUP * batch_size))


def test_the_lines_of_a_batch_have_similar_widths(composer):
    found = numbers(TrainingLines(composer, 8), GROUP)
    widths = composer.labels(tf.constant(found.ravel()))[2].numpy().reshape(found.shape)
    by_width = widths[np.lexsort((widths.max(axis=1), widths.min(axis=1)))]
    assert np.all(by_width[:-1].max(axis=1) <= by_width[1:].min(axis=1))  # the batches do not overlap in width
    assert np.any(np.diff(widths.min(axis=1)) < 0)  # and are not sorted by width


def test_each_group_is_shuffled_differently(composer):
    found = numbers(TrainingLines(composer, 8), 4 * GROUP)
    widths = composer.labels(tf.constant(found.ravel()))[2].numpy().reshape(4, GROUP, 8)
    orders = [tuple(np.argsort(group.min(axis=1), kind="stable")) for group in widths]
    assert len(set(orders)) == 4


@pytest.mark.parametrize(("count", "batch_size"), [(12, 4), (12, 12), (96, 2), (128, 8), (1, 1)])
@pytest.mark.parametrize("kind", ["composer", "fixed"])
def test_an_epoch_of_the_same_lines_is_a_permutation_of_them(kind, count, batch_size, request):
    lines = TrainingLines(request.getfixturevalue(kind), batch_size, repeat_after=count)
    steps = count // batch_size
    epochs = numbers(lines, 6 * steps).reshape(6, count)
    np.testing.assert_array_equal(np.sort(epochs, axis=1), np.tile(np.arange(count), (6, 1)))
    assert count == 1 or len({tuple(epoch) for epoch in epochs}) > 1


def test_the_orders_of_the_epochs_look_random(fixed):
    epochs = numbers(TrainingLines(fixed, 10, repeat_after=50), 5 * 200).reshape(200, 50)
    assert len({tuple(epoch) for epoch in epochs}) == 200
    # The position of a line is uniform (mean 24.5, variance (50^2 - 1) / 12) and independent of the next epoch's.
    positions = np.argsort(epochs, axis=1)
    assert np.abs(positions.mean(axis=0) - 24.5).max() < 5 * (2499 / 12 / 200) ** 0.5
    assert abs(np.corrcoef(positions[:-1].ravel(), positions[1:].ravel())[0, 1]) < 5 / 10_000**0.5
    assert abs(np.corrcoef(epochs[:, :-1].ravel(), epochs[:, 1:].ravel())[0, 1] + 1 / 49) < 5 / 10_000**0.5


def test_a_batch_may_span_two_rounds(fixed):
    found = numbers(TrainingLines(fixed, 4, repeat_after=10), 10).ravel()
    for start in range(0, 40, 10):
        assert sorted(found[start : start + 10]) == list(range(10))


def test_another_seed_gives_another_order(random_pool):
    orders = [
        numbers(
            TrainingLines(
                LineComposer(random_pool("abcd"), SENTENCES, Alphabet(), LineSpec(fixed_width=True), seed),
                5,
                repeat_after=50,
            ),
            10,
        )
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert np.any(orders[0] != orders[2])


@pytest.mark.parametrize(("lines", "batch_size"), [(7, 3), (6, 3)])
def test_evaluation_returns_each_line_once_in_batches_of_similar_width(composer, lines, batch_size):
    batches = list(evaluation_batches(composer, lines, batch_size).as_numpy_iterator())
    assert [len(batch["widths"]) for batch in batches] == sizes(lines, batch_size)
    widths = np.concatenate([batch["widths"] for batch in batches])
    assert np.all(np.diff(widths) >= 0)
    expected = composer(tf.range(lines, dtype=tf.int64))
    found = Counter(tuple(row) for batch in batches for row in batch["labels"])
    assert found == Counter(tuple(row) for row in expected["labels"].numpy())
    order = np.argsort(expected["widths"], kind="stable")
    for index, row in zip(order, (row for batch in batches for row in batch["images"]), strict=True):
        width = expected["widths"][index]
        np.testing.assert_array_equal(row[:, :width], expected["images"][index, :, :width])


def sizes(lines: int, batch_size: int) -> list[int]:
    return [batch_size] * (lines // batch_size) + [lines % batch_size] * (lines % batch_size > 0)


def test_evaluation_on_a_fixed_canvas_keeps_the_order(fixed):
    batches = evaluation_batches(fixed, 7, 3)
    assert batches.cardinality() == 3
    labels = np.concatenate([batch["labels"] for batch in batches.as_numpy_iterator()])
    np.testing.assert_array_equal(labels, fixed.labels(tf.range(7, dtype=tf.int64))[0])


@pytest.mark.parametrize(
    ("width", "margin", "expected"), [(64, 0, 64), (65, 0, 96), (64, 1, 96), (1, 31, 32), (1, 32, 64), (896, 48, 960)]
)
def test_a_canvas_has_a_margin_and_a_width_that_is_a_multiple_of_32(width, margin, expected):
    images = np.random.default_rng(0).integers(0, 256, (2, 28, width, 1), np.uint8)
    batch = pad_right({"images": tf.constant(images), "widths": tf.constant([width, 1])}, margin)
    assert batch["images"].shape == (2, 28, expected, 1)
    assert batch["images"].dtype == tf.uint8
    np.testing.assert_array_equal(batch["images"][:, :, :width], images)
    assert not np.any(batch["images"][:, :, width:])
    assert batch["widths"].numpy().tolist() == [width, 1]
