"""Who gets in, and when all have left."""

import threading

import pytest

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.request_gate import RequestGate

LONG = 20  # seconds that nothing here takes


def test_a_closed_door_lets_nobody_in():
    gate = RequestGate()
    with gate.enter():
        pass
    assert gate.close(0)
    with pytest.raises(ServingError, match="^The server is shutting down$") as caught, gate.enter():
        pass
    assert caught.value.code.name == "UNAVAILABLE"


def test_who_is_in_is_waited_for_and_no_longer_than_the_grace():
    gate = RequestGate()
    left, outcome = threading.Event(), []
    with gate.enter(), gate.enter():
        assert not gate.close(0.01)
        waiting = threading.Thread(target=lambda: outcome.append(gate.close(LONG)) or left.set())
        waiting.start()
        assert not left.wait(0.02)
    waiting.join(LONG)
    assert outcome == [True]


def test_who_fails_has_left_too():
    gate = RequestGate()
    with pytest.raises(KeyError), gate.enter():
        raise KeyError
    assert gate.close(0)


def test_who_is_in_may_enter_again_though_it_is_closed():
    gate = RequestGate()
    with gate.enter():
        assert not gate.close(0)
        with gate.enter():
            assert not gate.close(0)
    assert gate.close(0)
