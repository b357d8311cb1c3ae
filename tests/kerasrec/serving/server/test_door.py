"""Who gets in, and when all have left."""

import threading

import pytest

from kerasrec.serving.server.door import Door
from kerasrec.serving.server.failure import ServingError

LONG = 20  # seconds that nothing here takes


def test_a_closed_door_lets_nobody_in():
    door = Door()
    with door.enter():
        pass
    assert door.close(0)
    with pytest.raises(ServingError, match="^The server is shutting down$") as caught, door.enter():
        pass
    assert caught.value.code.name == "UNAVAILABLE"


def test_who_is_in_is_waited_for_and_no_longer_than_the_grace():
    door = Door()
    left, outcome = threading.Event(), []
    with door.enter(), door.enter():
        assert not door.close(0.01)
        waiting = threading.Thread(target=lambda: outcome.append(door.close(LONG)) or left.set())
        waiting.start()
        assert not left.wait(0.02)
    waiting.join(LONG)
    assert outcome == [True]


def test_who_fails_has_left_too():
    door = Door()
    with pytest.raises(KeyError), door.enter():
        raise KeyError
    assert door.close(0)


def test_who_is_in_may_enter_again_though_it_is_closed():
    door = Door()
    with door.enter():
        assert not door.close(0)
        with door.enter():
            assert not door.close(0)
    assert door.close(0)
