import os
import signal
import threading

import pytest

from kerasrec.training.interrupts import RaiseInterrupt, delayed_interrupts


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class Finalized:
    """Presses Ctrl-C in a finalizer, whose errors are reported but not raised."""

    def __del__(self):
        press_ctrl_c()


def test_an_interrupt_waits_until_it_is_asked_for():
    done = []
    with pytest.raises(KeyboardInterrupt), delayed_interrupts() as raise_interrupt:
        raise_interrupt()
        press_ctrl_c()
        done.append(True)
        raise_interrupt()
        pytest.fail("Ctrl-C did nothing")
    assert done == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_is_raised_at_the_end():
    done = []
    with pytest.raises(KeyboardInterrupt), delayed_interrupts():
        press_ctrl_c()
        done.append(True)
    assert done == [True]


def test_an_interrupt_in_a_finalizer_is_not_lost():
    with pytest.raises(KeyboardInterrupt), delayed_interrupts():
        finalized = Finalized()
        del finalized


def test_the_second_interrupt_does_not_wait():
    with pytest.raises(KeyboardInterrupt), delayed_interrupts():
        press_ctrl_c()
        press_ctrl_c()
        pytest.fail("the second Ctrl-C waited")


def test_an_error_of_the_body_is_not_replaced():
    with pytest.raises(ValueError, match="of the body"), delayed_interrupts():
        press_ctrl_c()
        raise ValueError("of the body")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("moment", ["on_train_batch_end", "on_epoch_end"])
def test_the_callback_raises_it(moment):
    with pytest.raises(KeyboardInterrupt), delayed_interrupts() as raise_interrupt:
        callback = getattr(RaiseInterrupt(raise_interrupt), moment)
        callback(0)
        press_ctrl_c()
        callback(0)
        pytest.fail("the callback did nothing")


def test_another_handler_of_ctrl_c_stays():
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with delayed_interrupts() as raise_interrupt:
            press_ctrl_c()
            raise_interrupt()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, old)


def test_other_threads_are_left_alone():
    raised = []

    def run():
        try:
            with delayed_interrupts() as raise_interrupt:
                raise_interrupt()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert raised == []
