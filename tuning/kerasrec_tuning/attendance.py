"""Which workers of a search are alive, by their heartbeats."""

import threading
import time
from collections.abc import Callable, Iterable

HEARTBEAT_SECONDS = 1.0
"""How often a worker sends a heartbeat."""

_NAME_SECONDS = 3 * HEARTBEAT_SECONDS
"""How long a name stays taken after a heartbeat."""


class Attendance:
    """Records when each worker was last heard from; calls may come from several threads.

    A worker is identified by its name, and its process by a token: a worker that was killed and started again has the
    same name and another token.

    Args:
        lost_after: Seconds of silence after which a worker is lost.
        first_worker_seconds: Seconds to wait for the first worker.
        now: Returns the time in seconds.
    """

    def __init__(
        self, lost_after: float, first_worker_seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._lost_after, self._first_worker_seconds, self._now = lost_after, first_worker_seconds, now
        self._heard: dict[str, tuple[str, float]] = {}
        self._dismissed: set[str] = set()  # tokens
        self._had_worker, self._last = False, now()
        self._lock = threading.Lock()

    def start(self, workers: Iterable[str] = ()) -> None:
        """Starts the clock, also for workers from before a restart of the chief."""
        with self._lock:
            self._last = self._now()
            self._heard |= dict.fromkeys(workers, ("", self._last))

    def admit(self, worker: str, token: str) -> bool:
        """Admits a process as a worker; returns False while another process with its name sends heartbeats."""
        with self._lock:
            other, heard = self._heard.get(worker, ("", 0.0))
            if other not in ("", token) and self._now() - heard < _NAME_SECONDS:
                return False
            self._mark_alive(worker, token)
            return True

    def record_heartbeat(self, worker: str, token: str) -> None:
        """Records a heartbeat, unless the worker was dismissed or another process has taken over its name."""
        with self._lock:
            if token not in self._dismissed and self._heard.get(worker, ("", 0.0))[0] in ("", token):
                self._mark_alive(worker, token)

    def leave(self, worker: str, token: str) -> bool:
        """Removes a worker that leaves; returns False if it was not present."""
        with self._lock:
            if self._heard.get(worker, ("", 0.0))[0] != token:
                return False
            del self._heard[worker]
            self._last = self._now()
            return True

    def dismiss(self, worker: str) -> None:
        """Removes a worker that was told that there are no more trials."""
        with self._lock:
            if worker in self._heard:
                self._dismissed.add(self._heard.pop(worker)[0])

    def remove_silent(self) -> list[str]:
        """Removes the workers that were silent for too long, and returns their names."""
        with self._lock:
            silent = [worker for worker, (_, heard) in self._heard.items() if self._now() - heard > self._lost_after]
            for worker in silent:
                del self._heard[worker]
            return silent

    def is_empty(self) -> bool:
        """Whether no worker is present."""
        with self._lock:
            return not self._heard

    def seconds_silent(self) -> float:
        """Returns the seconds since any worker was heard from, or since the start."""
        with self._lock:
            return self._now() - self._last

    def has_timed_out(self) -> bool:
        """Whether no worker is present, and none has been for longer than the limit."""
        limit = self._lost_after if self._had_worker else self._first_worker_seconds
        return self.is_empty() and self.seconds_silent() > limit

    def _mark_alive(self, worker: str, token: str) -> None:
        self._heard[worker] = (token, self._now())
        self._had_worker, self._last = True, self._now()
