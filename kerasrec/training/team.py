"""The workers of a training on several hosts: the chief decides, the others follow, and each notices the end of any."""

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kerasrec.errors import WorkerLost, plain_reason
from kerasrec.training.channel import SILENCE, Channel
from kerasrec.training.cluster import Cluster

_BEAT = 5.0  # seconds between two signs of life
_GRACE = 10.0  # seconds in which a step that cannot end is to be aborted

CONTINUE = "Start the workers again, all or some; with --resume they continue after the last epoch that had ended."


class _Done(Exception):
    """The chief has ended as planned."""


class Team:
    """The workers of a training, as one of them sees them. A process that trains alone is a team of one.

    Args:
        cluster: The workers; None for a process that trains alone.
        channels: The connections by the number of the worker: from the chief to all others, from these to the chief.
    """

    def __init__(self, cluster: Cluster | None = None, channels: dict[int, Channel] | None = None) -> None:
        self.cluster, self._channels = cluster, channels or {}
        self.is_chief = cluster is None or cluster.worker == 0
        self._inboxes = {number: queue.SimpleQueue[Any]() for number in self._channels}
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._end: BaseException = WorkerLost("The training has ended.")
        self._is_leaving = self._is_in_step = False
        self._abort: Callable[[str], None] = lambda reason: None

    @property
    def is_alone(self) -> bool:
        """Whether there are no other workers."""
        return not self._channels

    def watch(self, abort: Callable[[str], None]) -> None:
        """Starts to watch the others; `abort` ends a step that waits for a lost worker, and is given the reason."""
        self._abort = abort
        for number, channel in self._channels.items():
            channel.set_timeout(SILENCE)
            threading.Thread(target=self._read, args=(number,), daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def share(self, value: Any) -> Any:
        """Returns the chief's value on every worker; all workers must call it. Values are those of JSON.

        Raises:
            WorkerLost: A worker is lost or has failed.
            KeyboardInterrupt: The chief was stopped.
        """
        if not self.is_chief:
            return self._receive(0)
        self._check()
        for channel in self._channels.values():
            with contextlib.suppress(OSError):  # the thread that reads from it says why
                channel.send({"value": value})
        return value

    def collect(self, value: Any) -> list[Any]:
        """Returns every worker's value on the chief, and a worker's own on the others; all workers must call it."""
        if self.is_chief:
            return [value, *(self._receive(number) for number in self._channels)]
        with contextlib.suppress(OSError):
            self._channels[0].send({"value": value})
        return [value]

    @contextlib.contextmanager
    def step(self, limit: float | None = None) -> Iterator[None]:
        """Wraps what ends only if all workers take part; if one does not, raises why instead of waiting forever.

        Args:
            limit: The seconds after which the workers count as not connected; None for any number.
        """
        self._check()
        self._is_in_step = True
        late = WorkerLost(f"TensorFlow did not connect the workers within {limit} s: all hosts must reach each other.")
        timer = _start_timer(limit, lambda: self._stop(late)) if limit else None
        try:
            yield
        except Exception as error:
            if not self.is_alone and self._ended.wait(3):  # TensorFlow may notice a lost worker first
                raise self._end from error
            if not self.is_alone and type(error).__name__ == "UnavailableError":
                raise WorkerLost(f"TensorFlow has lost a worker: {plain_reason(str(error))}. {CONTINUE}") from error
            raise
        finally:
            self._is_in_step = False
            if timer:
                timer.cancel()

    def wait(self) -> None:
        """Waits, on a worker that is not the chief, until the chief has ended."""
        with contextlib.suppress(_Done):
            while True:
                self._receive(0)

    def leave(self, error: BaseException | None = None) -> None:
        """Tells the others that this worker ends, and why if it does so early."""
        if self.cluster is None or self._is_leaving or self._ended.is_set():
            return
        self._is_leaving = True
        me = self.cluster.name(self.cluster.worker)
        message = {"end": "done"}
        if isinstance(error, KeyboardInterrupt):
            message = {"end": "stopped", "reason": f"{me} was stopped with Ctrl-C."}
        elif error is not None:
            message = {"end": "failed", "reason": f"{me} has failed: {plain_reason(str(error))}"}
        for channel in self._channels.values():
            with contextlib.suppress(OSError):
                channel.send(message)

    def _check(self) -> None:
        if self._ended.is_set():
            raise self._end

    def _receive(self, number: int) -> Any:
        value = self._inboxes[number].get()
        if isinstance(value, BaseException):
            self._inboxes[number].put(value)  # for whoever asks again
            raise value
        return value

    def _read(self, number: int) -> None:
        """Passes on the values of another worker until it ends."""
        try:
            while True:
                message = self._channels[number].read()
                if "value" in message:
                    self._inboxes[number].put(message["value"])
                elif "end" in message:
                    return self._note_end(number, message)
        except (OSError, ValueError, TypeError) as error:
            what = f"has been silent for {SILENCE:g} s" if isinstance(error, TimeoutError) else "has ended"
            self._stop(WorkerLost(f"{self._name(number)} {what}. {CONTINUE}"))
        finally:
            self._channels[number].close()

    def _note_end(self, number: int, message: dict[str, str]) -> None:
        if message["end"] == "done":
            self._inboxes[number].put(_Done())
        elif message["end"] == "stopped" and number == 0:
            self._stop(KeyboardInterrupt())
        else:
            self._stop(WorkerLost(f"{message['reason']} {CONTINUE}"))

    def _name(self, number: int) -> str:
        return self.cluster.name(number) if self.cluster else ""

    def _stop(self, end: BaseException) -> None:
        """Ends this worker's part with an error, wherever it is, and tells the others."""
        with self._lock:
            if self._is_leaving or self._ended.is_set():
                return
            self._end = end
            self._abort(str(end))
            self._ended.set()
        for channel in self._channels.values() if self.is_chief else ():
            with contextlib.suppress(OSError):
                channel.send({"end": "failed", "reason": str(end).removesuffix(f" {CONTINUE}")})
        for inbox in self._inboxes.values():
            inbox.put(end)
        _start_timer(_GRACE, self._end_process)

    def _end_process(self) -> None:
        """Ends the process if its main thread still waits for a lost worker."""
        if self._is_in_step:
            interrupted = isinstance(self._end, KeyboardInterrupt)
            print("Stopped." if interrupted else f"Error: {self._end}", file=sys.stderr, flush=True)
            os._exit(130 if interrupted else 1)

    def _beat(self) -> None:
        """Sends signs of life."""
        while not self._ended.wait(_BEAT):
            for channel in self._channels.values():
                with contextlib.suppress(OSError):
                    channel.send({})


def _start_timer(seconds: float, call: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, call)
    timer.daemon = True  # the process may end before
    timer.start()
    return timer
