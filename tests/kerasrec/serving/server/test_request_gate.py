"""The gate counts running requests, and refuses new ones when closed."""

import threading

import pytest

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.request_gate import RequestGate

LONG = 20  # seconds, longer than anything here takes


def test_a_closed_gate_refuses_requests():
    gate = RequestGate()
    with gate.enter():
        pass
    assert gate.close(0)
    with pytest.raises(ServingError, match="^The server is shutting down$") as caught, gate.enter():
        pass
    assert caught.value.code.name == "UNAVAILABLE"


def test_close_waits_for_running_requests_but_not_beyond_the_grace():
    gate = RequestGate()
    left, outcome = threading.Event(), []
    with gate.enter(), gate.enter():
        assert not gate.close(0.01)
        waiting = threading.Thread(target=lambda: outcome.append(gate.close(LONG)) or left.set())
        waiting.start()
        assert not left.wait(0.02)
    waiting.join(LONG)
    assert outcome == [True]


def test_a_failed_request_is_no_longer_counted():
    gate = RequestGate()
    with pytest.raises(KeyError), gate.enter():
        raise KeyError
    assert gate.close(0)


def test_a_running_request_may_enter_a_closed_gate_again():
    gate = RequestGate()
    with gate.enter():
        assert not gate.close(0)
        with gate.enter():
            assert not gate.close(0)
    assert gate.close(0)
