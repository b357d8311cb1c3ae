"""The life of a version, with a fake servable."""

import logging
import threading

import grpc
import pytest

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.model_version import ModelVersion, Retries, State

LONG = 20  # seconds, longer than anything here takes


class Loaded:
    """A fake servable that waits for `may_close` when it is closed."""

    def __init__(self):
        self.may_close = threading.Event()
        self.may_close.set()
        self.closed = threading.Event()

    def close(self, grace):
        assert self.may_close.wait(LONG)
        self.closed.set()


class Loader:
    """Raises the given failures, then loads."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.calls = []

    def __call__(self, name, number, folder):
        self.calls.append((name, number, folder))
        if self.failures:
            raise self.failures.pop(0)
        return Loaded()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"1")
    return tmp_path


def version(load, count=5, seconds=1000.0):
    return ModelVersion("lines", 3, load, Retries(count, seconds))


def test_a_version_can_be_loaded_at_once(folder):
    load = Loader()
    new = version(load)
    assert new.state == State.START
    new.try_load(folder, at_once=True)
    assert (new.state, new.error) == (State.AVAILABLE, None)
    assert load.calls == [("lines", 3, folder)]
    new.try_load(folder)
    assert len(load.calls) == 1


def test_a_version_is_not_loaded_while_its_folder_is_written(folder):
    load = Loader()
    new = version(load)
    for size in (2, 3, 4):
        new.try_load(folder)
        assert (new.state, load.calls) == (State.START, [])
        (folder / "saved_model.pb").write_bytes(b"1" * size)
    new.try_load(folder)
    new.try_load(folder)
    assert new.state == State.AVAILABLE


def test_a_failed_load_is_retried_and_then_given_up(folder, caplog):
    load = Loader(*[invalid("damaged.")] * 9)
    new = version(load, count=2, seconds=0.0)
    for attempt in (1, 2):
        new.try_load(folder, at_once=True)
        assert (new.state, len(load.calls)) == (State.LOADING, attempt)
    new.try_load(folder)
    assert (new.state, new.error.text, len(load.calls)) == (State.END, "damaged.", 3)
    new.try_load(folder)
    assert len(load.calls) == 3
    assert "lines: version 3 could not be loaded: damaged. It is tried again in 0 s, or when its folder" in caplog.text
    assert "damaged. It is tried again when its folder changes." in caplog.text


def test_a_failed_load_is_not_retried_too_early(folder):
    load = Loader(invalid("damaged"))
    new = version(load)
    for _ in range(4):
        new.try_load(folder, at_once=True)
    assert len(load.calls) == 1


@pytest.mark.parametrize("count", [0, 5])
def test_a_changed_folder_is_tried_again(folder, count, caplog):
    caplog.set_level(logging.INFO)
    load = Loader(invalid("half a copy"))
    new = version(load, count)
    new.try_load(folder, at_once=True)
    assert new.state == (State.LOADING if count else State.END)
    (folder / "variables").touch()
    new.try_load(folder)
    assert len(load.calls) == 1  # the folder may still be changing
    new.try_load(folder)
    assert (new.state, new.error, len(load.calls)) == (State.AVAILABLE, None, 2)
    assert caplog.messages[-1] == "lines: version 3 is served."


def test_an_unexpected_error_is_recorded(folder):
    new = version(Loader(MemoryError("8 GB")), count=0)
    new.try_load(folder, at_once=True)
    assert (new.state, new.error.code, new.error.text) == (State.END, grpc.StatusCode.INTERNAL, "MemoryError: 8 GB")


def test_a_dropped_version_is_unloaded_in_the_background(folder):
    new = version(Loader())
    new.try_load(folder, at_once=True)
    servable = new.servable
    servable.may_close.clear()
    new.drop()
    assert (new.state, new.servable) == (State.UNLOADING, None)
    new.try_load(folder, at_once=True)
    assert new.servable is None  # not while it is being unloaded
    servable.may_close.set()
    new.close(LONG)
    assert (new.state, servable.closed.is_set()) == (State.END, True)


def test_an_unloaded_version_can_be_loaded_again(folder):
    new = version(Loader())
    new.try_load(folder, at_once=True)
    new.drop()
    new.close(LONG)
    new.try_load(folder)
    assert new.state == State.AVAILABLE
    new.close(LONG)
    assert new.state == State.END


def test_dropping_a_version_that_was_never_loaded_ends_it(folder):
    new = version(Loader(ServingError(grpc.StatusCode.UNKNOWN, "no")))
    new.try_load(folder, at_once=True)
    new.drop()
    assert new.state == State.END
