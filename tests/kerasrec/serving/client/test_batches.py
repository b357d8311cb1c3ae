"""Batches hold all images in order, and take none before it is needed."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrec.errors import UsageError
from kerasrec.serving.client.batches import check_sizes, divide, divide_async, number


def test_images_are_numbered_from_one():
    assert list(number([b"a", "b.png"])) == [("image 1", b"a"), ("image 2", "b.png")]


@given(st.lists(st.integers()), st.integers(1, 9))
def test_batches_hold_all_items_in_order(items, size):
    batches = list(divide(items, size))
    assert list(itertools.chain(*batches)) == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(0 < len(batch) <= size for batch in batches)


def test_no_item_is_taken_before_it_is_needed():
    endless = itertools.count()
    batches = divide(endless, 3)
    assert next(batches) == [0, 1, 2]
    assert next(endless) == 3


async def arriving(items):
    for item in items:
        await asyncio.sleep(0)
        yield item


@pytest.mark.parametrize("make", [list, arriving])
def test_both_kinds_of_iterators_give_the_same_batches(make):
    async def collect():
        return [batch async for batch in divide_async(make([b"a", b"b", b"c"]), 2)]

    assert asyncio.run(collect()) == [[("image 1", b"a"), ("image 2", b"b")], [("image 3", b"c")]]


@pytest.mark.parametrize(("sizes", "name"), [((0, 1), "batch_size"), ((1, 0), "concurrency"), ((-5, 1), "is -5")])
def test_sizes_below_one_are_refused(sizes, name):
    with pytest.raises(UsageError, match=name):
        check_sizes(*sizes)
    check_sizes(1, 1)
