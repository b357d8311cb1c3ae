"""Which workers of a search are there, by their signs of life."""

import threading
import time
from collections.abc import Callable, Iterable

ALIVE_SECONDS = 1.0
"""How often a worker gives a sign of life."""

_TAKEN_SECONDS = 3 * ALIVE_SECONDS
"""For so long after a sign of life a name is taken."""


class Attendance:
    """Keeps when each worker was last heard of; calls may come from several threads.

    A worker is known by its name, and its process by a token: a worker that was killed and started again has the same
    name and another token.

    Args:
        lost_after: Seconds of silence after which a worker is lost.
        first_worker_seconds: Seconds without any worker at the beginning after which there is no hope for one.
        now: The time in seconds.
    """

    def __init__(
        self, lost_after: float, first_worker_seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._lost_after, self._first_worker_seconds, self._now = lost_after, first_worker_seconds, now
        self._heard: dict[str, tuple[str, float]] = {}
        self._dismissed: set[str] = set()  # tokens
        self._any, self._last = False, now()
        self._lock = threading.Lock()

    def begin(self, workers: Iterable[str] = ()) -> None:
        """Starts the clock, for workers of before a restart of the chief, too."""
        with self._lock:
            self._last = self._now()
            self._heard |= dict.fromkeys(workers, ("", self._last))

    def welcome(self, worker: str, token: str) -> bool:
        """Lets a process be a worker; False while another one with its name gives signs of life."""
        with self._lock:
            other, heard = self._heard.get(worker, ("", 0.0))
            if other not in ("", token) and self._now() - heard < _TAKEN_SECONDS:
                return False
            self._note(worker, token)
            return True

    def hear(self, worker: str, token: str) -> None:
        """Takes a sign of life; that of a process whose name another one has taken over counts no more."""
        with self._lock:
            if token not in self._dismissed and self._heard.get(worker, ("", 0.0))[0] in ("", token):
                self._note(worker, token)

    def leave(self, worker: str, token: str) -> bool:
        """Lets a worker go; False if it was not there."""
        with self._lock:
            if self._heard.get(worker, ("", 0.0))[0] != token:
                return False
            del self._heard[worker]
            self._last = self._now()
            return True

    def dismiss(self, worker: str) -> None:
        """Notes that a worker was told that there are no more trials."""
        with self._lock:
            if worker in self._heard:
                self._dismissed.add(self._heard.pop(worker)[0])

    def remove_silent(self) -> list[str]:
        """Forgets the workers that were silent for too long, and names them."""
        with self._lock:
            silent = [worker for worker, (_, heard) in self._heard.items() if self._now() - heard > self._lost_after]
            for worker in silent:
                del self._heard[worker]
            return silent

    def is_empty(self) -> bool:
        """Whether no worker is there."""
        with self._lock:
            return not self._heard

    def silence(self) -> float:
        """Seconds since any worker was heard of, or since the beginning."""
        with self._lock:
            return self._now() - self._last

    def is_hopeless(self) -> bool:
        """Whether no worker is there, and for so long that none will come."""
        limit = self._lost_after if self._any else self._first_worker_seconds
        return self.is_empty() and self.silence() > limit

    def _note(self, worker: str, token: str) -> None:
        self._heard[worker] = (token, self._now())
        self._any, self._last = True, self._now()
