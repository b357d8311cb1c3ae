"""A version of a model on its way: found, loaded, answering, unloaded."""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis.get_model_status_pb2 import ModelVersionStatus

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.servable import Servable
from kerasrec.serving.server.version_folders import fingerprint

_log = logging.getLogger(__name__)

Load = Callable[[str, int, Path], Servable]
"""Loads a version: the model's name, the version's number and its folder."""

State = ModelVersionStatus.State

_LAST_SECONDS = 5.0  # to free a version that nobody uses any more


@dataclass(frozen=True)
class Retries:
    """When a version that failed to load is tried again; sooner if its folder changes.

    Attributes:
        count: How often.
        seconds: After how long.
    """

    count: int = 5
    seconds: float = 60.0


class ModelVersion:
    """A version. One thread at a time may change it; any number may look at it meanwhile.

    Attributes:
        number: The version's.
        state: START, LOADING, AVAILABLE, UNLOADING or END, as `ModelVersionStatus` counts them.
        error: Why it could not be loaded.
        servable: What answers requests; None unless it is available.
    """

    def __init__(self, name: str, number: int, load: Load, retries: Retries) -> None:
        self.number = number
        self.state: Any = State.START
        self.error: ServingError | None = None
        self.servable: Servable | None = None
        self._title = f"{name}: version {number}"
        self._load = partial(load, name, number)
        self._retries = retries
        self._attempts = 0
        self._next_attempt = 0.0
        self._seen: Any = None  # its files when looked at last
        self._tried: Any = None  # its files when it was loaded last
        self._unloading: threading.Thread | None = None

    def pursue(self, folder: Path, at_once: bool = False) -> None:
        """Loads it if it is not loaded, it is time, and nothing more is being written to its folder.

        Args:
            folder: Of its SavedModel.
            at_once: Do not wait for a second look at the folder.
        """
        if self.servable or self.state == State.UNLOADING:
            return
        before, self._seen = self._seen, fingerprint(folder)
        if self._seen != before and not at_once:
            return
        if self._seen != self._tried or self.error is None:
            self._attempts = 0
        if not self._attempts or (self._attempts <= self._retries.count and time.monotonic() >= self._next_attempt):
            self._try(folder)

    def drop(self) -> None:
        """Ends it: no request reaches it any more, and it is freed when those that it computes are done."""
        servable, self.servable = self.servable, None
        if servable is None:
            if self.state in (State.START, State.LOADING):
                self.state = State.END
            return
        self.state = State.UNLOADING
        self._unloading = threading.Thread(target=self._unload, args=(servable, math.inf), daemon=True)
        self._unloading.start()

    def close(self, grace: float) -> None:
        """Ends it and waits until it is freed, at most about `grace` and some seconds."""
        servable, self.servable = self.servable, None
        if servable is not None:
            self.state = State.UNLOADING
            self._unload(servable, grace)
        elif self._unloading is not None:
            self._unloading.join(max(grace, _LAST_SECONDS))  # cut off in TensorFlow, it would abort the process

    def _try(self, folder: Path) -> None:
        self.state = State.LOADING
        self._attempts += 1
        self._tried = self._seen
        try:
            self.servable = self._load(folder)
        except Exception as error:  # what a damaged file brings about is not known, and the others shall be served
            self._fail(error if isinstance(error, ServingError) else _unforeseen(error))
        else:
            self.state, self.error = State.AVAILABLE, None
            _log.info("%s is served.", self._title)

    def _fail(self, error: ServingError) -> None:
        self.error = error
        self._next_attempt = time.monotonic() + self._retries.seconds
        if self._attempts > self._retries.count:
            self.state = State.END
            again = "It is tried again when its folder changes."
        else:
            again = f"It is tried again in {self._retries.seconds:g} s, or when its folder changes."
        _log.warning("%s could not be loaded: %s. %s", self._title, error.text.rstrip("."), again)

    def _unload(self, servable: Servable, grace: float) -> None:
        servable.close(grace)
        self.state = State.END
        _log.info("%s is no longer served.", self._title)


def _unforeseen(error: Exception) -> ServingError:
    return ServingError(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
