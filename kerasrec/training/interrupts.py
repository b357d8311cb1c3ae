"""Ctrl-C between the steps of a training.

Python raises KeyboardInterrupt wherever the program happens to be. In a finalizer, or in Python code that TensorFlow
calls from C++, the interrupt gets lost or crashes the process.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from kerasrec.backend import keras


@contextlib.contextmanager
def delayed_interrupts() -> Iterator[Callable[[], None]]:
    """Delays a Ctrl-C in its body, whose value is a function that raises it; else it is raised at the body's end.

    A second Ctrl-C is raised at once. Has no effect if Ctrl-C already has another handler, or outside the main thread.

    >>> with delayed_interrupts() as raise_interrupt:
    ...     raise_interrupt()  # nothing was pressed
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    def raise_interrupt() -> None:
        if pressed:
            raise KeyboardInterrupt

    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield raise_interrupt
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield raise_interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    raise_interrupt()


class RaiseInterrupt(keras.callbacks.Callback):
    """Raises a delayed Ctrl-C after each step, and after an epoch once its results are saved."""

    def __init__(self, raise_interrupt: Callable[[], None]) -> None:
        super().__init__()
        self.raise_interrupt = raise_interrupt

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        self.raise_interrupt()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        self.raise_interrupt()
