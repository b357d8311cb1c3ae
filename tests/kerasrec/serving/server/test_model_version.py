"""A version on its way, with a stand-in for what it loads."""

import logging
import threading

import grpc
import pytest

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.model_version import ModelVersion, Retries, State

LONG = 20  # seconds that nothing here takes


class Loaded:
    """A servable: notes whether it was closed, and waits for `may_close` before that."""

    def __init__(self):
        self.may_close = threading.Event()
        self.may_close.set()
        self.closed = threading.Event()

    def close(self, grace):
        assert self.may_close.wait(LONG)
        self.closed.set()


class Loader:
    """Loads, or fails as often as it is told to."""

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


def test_at_the_start_it_is_loaded_at_once(folder):
    load = Loader()
    new = version(load)
    assert new.state == State.START
    new.pursue(folder, at_once=True)
    assert (new.state, new.error) == (State.AVAILABLE, None)
    assert load.calls == [("lines", 3, folder)]
    new.pursue(folder)
    assert len(load.calls) == 1


def test_while_its_folder_is_written_it_is_not_loaded(folder):
    load = Loader()
    new = version(load)
    for size in (2, 3, 4):
        new.pursue(folder)
        assert (new.state, load.calls) == (State.START, [])
        (folder / "saved_model.pb").write_bytes(b"1" * size)
    new.pursue(folder)
    new.pursue(folder)
    assert new.state == State.AVAILABLE


def test_a_failed_load_is_repeated_after_some_time_and_then_given_up(folder, caplog):
    load = Loader(*[invalid("damaged.")] * 9)
    new = version(load, count=2, seconds=0.0)
    for attempt in (1, 2):
        new.pursue(folder, at_once=True)
        assert (new.state, len(load.calls)) == (State.LOADING, attempt)
    new.pursue(folder)
    assert (new.state, new.error.text, len(load.calls)) == (State.END, "damaged.", 3)
    new.pursue(folder)
    assert len(load.calls) == 3
    assert "lines: version 3 could not be loaded: damaged. It is tried again in 0 s, or when its folder" in caplog.text
    assert "damaged. It is tried again when its folder changes." in caplog.text


def test_it_is_not_repeated_before_its_time(folder):
    load = Loader(invalid("damaged"))
    new = version(load)
    for _ in range(4):
        new.pursue(folder, at_once=True)
    assert len(load.calls) == 1


@pytest.mark.parametrize("count", [0, 5])
def test_a_folder_that_has_changed_is_tried_as_if_it_were_new(folder, count, caplog):
    caplog.set_level(logging.INFO)
    load = Loader(invalid("half a copy"))
    new = version(load, count)
    new.pursue(folder, at_once=True)
    assert new.state == (State.LOADING if count else State.END)
    (folder / "variables").touch()
    new.pursue(folder)
    assert len(load.calls) == 1  # maybe more is to come
    new.pursue(folder)
    assert (new.state, new.error, len(load.calls)) == (State.AVAILABLE, None, 2)
    assert caplog.messages[-1] == "lines: version 3 is served."


def test_what_was_not_foreseen_is_an_error_too(folder):
    new = version(Loader(MemoryError("8 GB")), count=0)
    new.pursue(folder, at_once=True)
    assert (new.state, new.error.code, new.error.text) == (State.END, grpc.StatusCode.INTERNAL, "MemoryError: 8 GB")


def test_it_is_freed_behind_the_back_of_those_who_go_on(folder):
    new = version(Loader())
    new.pursue(folder, at_once=True)
    servable = new.servable
    servable.may_close.clear()
    new.drop()
    assert (new.state, new.servable) == (State.UNLOADING, None)
    new.pursue(folder, at_once=True)
    assert new.servable is None  # not while it is unloaded
    servable.may_close.set()
    new.close(LONG)
    assert (new.state, servable.closed.is_set()) == (State.END, True)


def test_what_was_unloaded_can_be_wanted_again(folder):
    new = version(Loader())
    new.pursue(folder, at_once=True)
    new.drop()
    new.close(LONG)
    new.pursue(folder)
    assert new.state == State.AVAILABLE
    new.close(LONG)
    assert new.state == State.END


def test_what_was_never_loaded_just_ends(folder):
    new = version(Loader(ServingError(grpc.StatusCode.UNKNOWN, "no")))
    new.pursue(folder, at_once=True)
    new.drop()
    assert new.state == State.END
