import os
import signal
import threading

import pytest

from kerasrec_tuning.interrupt import CheckInterrupts, remembered_interrupts


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class Dropper:
    """Drops a Ctrl-C, as all finalizers do: their errors are reported but not raised."""

    def __del__(self):
        press_ctrl_c()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_dropped_interrupt_is_remembered():
    with remembered_interrupts() as interrupts:
        interrupts.check()
        dropper = Dropper()
        del dropper
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        with pytest.raises(KeyboardInterrupt):
            CheckInterrupts(interrupts).on_train_batch_end(0)


def test_a_held_interrupt_is_raised_at_the_end():
    done = []
    with remembered_interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            with interrupts.held():
                dropper = Dropper()
                del dropper  # no report, as it raises nothing
                done.append(True)
    assert done == [True]


def test_an_interrupt_is_raised_as_usual():
    with pytest.raises(KeyboardInterrupt), remembered_interrupts():
        press_ctrl_c()
        pytest.fail("Ctrl-C did nothing")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_handler_of_ctrl_c_stays():
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with remembered_interrupts() as interrupts:
            press_ctrl_c()
            interrupts.check()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, old)


def test_other_threads_are_left_alone():
    raised = []

    def run():
        try:
            with remembered_interrupts() as interrupts:
                interrupts.check()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert raised == []
