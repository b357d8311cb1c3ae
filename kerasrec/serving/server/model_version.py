"""The life of a model's version: found, loaded, available, unloaded."""

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

from kerasrec.errors import plain_reason
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.servable import Servable
from kerasrec.serving.server.version_folders import fingerprint

_log = logging.getLogger(__name__)

Load = Callable[[str, int, Path], Servable]
"""Loads a version, given the model's name, the version's number and its folder."""

State = ModelVersionStatus.State

_LAST_SECONDS = 5.0  # to unload a version that nobody uses any more


@dataclass(frozen=True)
class Retries:
    """When a failed load is tried again; it is tried sooner if the folder changes.

    Attributes:
        count: The number of retries.
        seconds: The time between two attempts in seconds.
    """

    count: int = 5
    seconds: float = 60.0


class ModelVersion:
    """A version of a model. One thread at a time may change it; any number may read it meanwhile.

    Attributes:
        number: The version's number.
        state: START, LOADING, AVAILABLE, UNLOADING or END, as in `ModelVersionStatus`.
        error: Why the last load failed; None if it did not.
        servable: The servable that answers requests; None unless it is available.
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
        self._seen: Any = None  # its files at the last scan
        self._tried: Any = None  # its files at the last attempt to load
        self._unloading: threading.Thread | None = None

    def try_load(self, folder: Path, at_once: bool = False) -> None:
        """Loads the version if it is not loaded, an attempt is due, and its folder is no longer being written.

        Args:
            folder: The folder of the SavedModel.
            at_once: Whether to load it without a second scan of the folder.
        """
        if self.servable or self.state == State.UNLOADING:
            return
        before, self._seen = self._seen, fingerprint(folder)
        if self._seen != before and not at_once:
            return
        if self._seen != self._tried or self.error is None:
            self._attempts = 0
        if not self._attempts or (self._attempts <= self._retries.count and time.monotonic() >= self._next_attempt):
            self._load_now(folder)

    def drop(self) -> None:
        """Takes the version out of service, and unloads it when its running requests are done."""
        servable, self.servable = self.servable, None
        if servable is None:
            if self.state in (State.START, State.LOADING):
                self.state = State.END
            return
        self.state = State.UNLOADING
        self._unloading = threading.Thread(target=self._unload, args=(servable, math.inf), daemon=True)
        self._unloading.start()

    def close(self, grace: float) -> None:
        """Takes the version out of service and waits until it is unloaded, at most about `grace` and some seconds."""
        servable, self.servable = self.servable, None
        if servable is not None:
            self.state = State.UNLOADING
            self._unload(servable, grace)
        elif self._unloading is not None:
            self._unloading.join(max(grace, _LAST_SECONDS))  # ending the process inside TensorFlow would abort it

    def _load_now(self, folder: Path) -> None:
        self.state = State.LOADING
        self._attempts += 1
        self._tried = self._seen
        try:
            self.servable = self._load(folder)
        except Exception as error:  # a damaged file can cause any error, and other versions must be served
            self._fail(error if isinstance(error, ServingError) else _unexpected(error))
        else:
            self.state, self.error = State.AVAILABLE, None
            _log.info("%s is served.", self._title)

    def _fail(self, error: ServingError) -> None:
        self.error = error
        self._next_attempt = time.monotonic() + self._retries.seconds
        if self._attempts > self._retries.count:
            self.state = State.END
            retry = "It is tried again when its folder changes."
        else:
            retry = f"It is tried again in {self._retries.seconds:g} s, or when its folder changes."
        _log.warning("%s could not be loaded: %s. %s", self._title, error.text.rstrip("."), retry)

    def _unload(self, servable: Servable, grace: float) -> None:
        servable.close(grace)
        self.state = State.END
        _log.info("%s is no longer served.", self._title)


def _unexpected(error: Exception) -> ServingError:
    return ServingError(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {plain_reason(str(error))}")
