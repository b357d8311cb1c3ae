"""Which tasks share a batch, and which rows each gets."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kerasrec.serving.server.batch_tasks import Task, merge, split
from kerasrec.serving.server.failure import ServingError


def rows(count, *tail, start=0.0):
    return np.full((count, *tail), start, np.float32)


def test_tasks_of_the_same_signature_and_tails_share_a_batch():
    key = Task("read", [rows(1, 28, 5), rows(1)]).batch_key(32)
    assert Task("read", [rows(3, 28, 5), rows(3)]).batch_key(32) == key
    assert Task("read", [rows(1, 28, 6), rows(1)]).batch_key(32) != key
    assert Task("other", [rows(1, 28, 5), rows(1)]).batch_key(32) != key


def test_an_empty_or_a_large_task_shares_no_batch():
    for count in (0, 33):
        assert Task("read", [rows(count)]).batch_key(32) != Task("read", [rows(count)]).batch_key(32)


def test_rows_of_inputs_are_merged_and_rows_of_outputs_split():
    tasks = [Task("read", [rows(count, start=count), rows(count, 2)]) for count in (1, 3, 2)]
    first, second = merge(tasks)
    assert (first.tolist(), second.shape) == ([1, 3, 3, 3, 2, 2], (6, 2))
    parts = split([first * 10, second], tasks)
    assert [part[0].tolist() for part in parts] == [[10], [30, 30, 30], [20, 20]]
    assert [part[1].shape for part in parts] == [(1, 2), (3, 2), (2, 2)]


@pytest.mark.parametrize("output", [np.float32(3), rows(5), rows(7)], ids=["a number", "too few", "too many"])
def test_outputs_with_other_rows_than_the_inputs_cannot_be_split(output):
    tasks = [Task("read", [rows(2)]), Task("read", [rows(4)])]
    with pytest.raises(ServingError, match="Batched output tensor's 0th dimension does not equal the sum") as caught:
        split([np.asarray(output)], tasks)
    assert caught.value.code.name == "FAILED_PRECONDITION"
    assert split([np.asarray(output)], tasks[:1]) == [[np.asarray(output)]]


@pytest.mark.parametrize(
    ("feeds", "text"),
    [
        ([np.float32(1)], "Batching Run() input tensors must have at least one dimension"),
        ([rows(2), rows(3)], "Batching Run() input tensors must have equal 0th-dimension size"),
    ],
)
def test_inputs_must_have_the_same_number_of_rows(feeds, text):
    with pytest.raises(ServingError) as caught:
        Task("read", [np.asarray(feed) for feed in feeds])
    assert (caught.value.code.name, caught.value.text) == ("INVALID_ARGUMENT", text)


def test_a_timeout_says_whether_the_task_was_still_in_the_queue():
    waiting = Task("read", [rows(1)], deadline=time.monotonic() + 0.01)
    with pytest.raises(ServingError, match=r"^Run\(\) timeout exceeded while waiting in batching queue$") as caught:
        waiting.wait()
    assert caught.value.code.name == "RESOURCE_EXHAUSTED"
    assert not waiting.start()  # it is no longer computed
    computed = Task("read", [rows(1)], deadline=time.monotonic() + 0.01)
    assert computed.start()
    with pytest.raises(ServingError) as caught:
        computed.wait()
    assert caught.value.code.name == "DEADLINE_EXCEEDED"


def test_a_late_task_fails_and_is_not_started():
    late = Task("read", [rows(1)], deadline=time.monotonic() - 1)
    assert not late.start()
    with pytest.raises(ServingError, match="waiting in batching queue"):
        late.wait()


def test_a_task_whose_client_has_disconnected_is_not_started():
    task = Task("read", [rows(1)], is_wanted=lambda: False)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(task.wait)
        assert not task.start()
        with pytest.raises(ServingError) as caught:
            waiting.result()
    assert caught.value.code.name == "CANCELLED"
