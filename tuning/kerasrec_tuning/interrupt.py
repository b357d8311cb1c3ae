"""Ctrl-C that does not get lost: Python drops an interrupt that arrives while it runs a finalizer."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import keras


class Interrupts:
    """Raises KeyboardInterrupt on Ctrl-C as usual, and remembers that it was pressed."""

    def __init__(self) -> None:
        self._pressed = self._held = False

    def press(self, number: int, frame: FrameType | None) -> None:
        """Handles the signal."""
        self._pressed = True
        if not self._held:
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self._pressed:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Delays an interrupt until the end of the body."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.check()


@contextlib.contextmanager
def remembered_interrupts() -> Iterator[Interrupts]:
    """Remembers Ctrl-C within its body.

    Has no effect if Ctrl-C already has another handler, or outside the main thread.
    """
    interrupts = Interrupts()
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    signal.signal(signal.SIGINT, interrupts.press)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class CheckInterrupts(keras.callbacks.Callback):
    """Stops a training in which a Ctrl-C got lost."""

    def __init__(self, interrupts: Interrupts) -> None:
        super().__init__()
        self.interrupts = interrupts

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        self.interrupts.check()
