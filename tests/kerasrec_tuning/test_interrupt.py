import os
import signal
import threading

import pytest

from kerasrec_tuning.interrupt import CheckInterrupts, remembered_interrupts


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


class Dropper:
    """Drops a Ctrl-C, as all finalizers do: what they raise is reported and goes no further."""

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


def test_an_interrupt_waits_where_it_is_held():
    done = []
    with remembered_interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            with interrupts.held():
                dropper = Dropper()
                del dropper  # without a report, as nothing is raised in it
                done.append(True)
    assert done == [True]


def test_an_interrupt_interrupts_as_ever():
    with pytest.raises(KeyboardInterrupt), remembered_interrupts():
        press_ctrl_c()
        pytest.fail("Ctrl-C did nothing")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_meaning_of_ctrl_c_stays():
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
