"""A worker's connection to the chief of its search, which waits while the chief is away."""

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.src.distribute import oracle_client
from keras_tuner.src.protos import get_service_grpc

from kerasrec.errors import UsageError
from kerasrec_tuning.attendance import HEARTBEAT_SECONDS
from kerasrec_tuning.calls import call
from kerasrec_tuning.errors import ChiefUnavailable
from kerasrec_tuning.membership import SearchIdSender

_CALL_SECONDS = 5.0
_REFUSALS = 5
"""How often to ask for a name: that of a killed worker becomes free after a few missed heartbeats."""

_OPTIONS = [("grpc.max_reconnect_backoff_ms", 1000), ("grpc.enable_http_proxy", 0)]

_Result = TypeVar("_Result")


class ChiefClient(oracle_client.OracleClient):
    """KerasTuner's client for the chief's oracle, with kerasrec's own calls to the chief.

    Args:
        address: HOST:PORT of the chief.
        worker: The name of this worker.
        patience: Seconds to wait for a chief that does not answer.
    """

    def __init__(self, address: str, worker: str, patience: float) -> None:  # KerasTuner's own reads the environment
        self.address, self.worker, self.patience = address, worker, patience
        self.token = f"{socket.gethostname()}-{os.getpid()}-{time.time():.6f}"
        self._membership, self._channel = SearchIdSender(), grpc.insecure_channel(address, options=_OPTIONS)
        self._calls = grpc.intercept_channel(self._channel, self._membership)
        self.stub = get_service_grpc().OracleStub(self._calls)
        self.tuner_id, self.multi_worker, self.should_report = worker, False, True
        self._has_left = threading.Event()

    def hello(self) -> dict[str, Any]:
        """Joins the chief's search as a worker; returns its settings and how long the chief waits for a worker.

        Raises:
            ChiefUnavailable: No chief answers.
            UsageError: Another process is the worker of this name.
        """
        refusals = 0
        while refusals < _REFUSALS:
            answer = self._retry(self._call, "Hello")
            if answer["ready"] and answer["welcome"]:
                self.patience, self._membership.search = answer["lost_after"], answer["search"]
                threading.Thread(target=self._send_heartbeats, daemon=True).start()
                return answer
            refusals += answer["ready"]
            time.sleep(HEARTBEAT_SECONDS)
        raise UsageError(f"A worker {self.worker} is already running. Choose another name for --worker.")

    def leave(self) -> None:
        """Tells the chief that this worker leaves, so that the chief does not wait for it."""
        if self._has_left.is_set():
            return
        self._has_left.set()
        try:
            call(self._calls, "Leave", self._identity(), _CALL_SECONDS, wait=False)
        except grpc.RpcError:
            pass  # the chief will notice the silence
        self._channel.close()

    def create_trial(self, tuner_id: str) -> Any:
        """Asks for the next trial."""
        return self._retry(super().create_trial, tuner_id)

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Any:
        """Reports the results of a trial."""
        return self._retry(super().update_trial, trial_id, metrics, step)

    def end_trial(self, trial: Any) -> None:
        """Reports the end of a trial, and the reason if it failed."""
        if trial.status == TrialStatus.FAILED:
            self._retry(self._call, "Reason", {"trial": trial.trial_id, "reason": trial.message})
        self._retry(super().end_trial, trial)

    def _call(self, name: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        return call(self._calls, name, self._identity() | (values or {}), self.patience)

    def _identity(self) -> dict[str, Any]:
        return {"worker": self.worker, "token": self.token}

    def _retry(self, ask: Callable[..., _Result], *arguments: Any) -> _Result:
        """Asks again while the chief is away; raises ChiefUnavailable if it stays away."""
        oracle_client.TIMEOUT = self.patience  # KerasTuner's own is an hour
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return ask(*arguments)
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.ABORTED:
                    raise ChiefUnavailable(f"The chief at {self.address} has failed: {error.details()}") from error
                if error.code() == grpc.StatusCode.FAILED_PRECONDITION:
                    raise ChiefUnavailable(
                        f"The chief at {self.address} refused the call: {error.details()}. Start this worker again."
                    ) from error
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise ChiefUnavailable(
                        f"The endpoint at {self.address} is not the chief of a search ({error.code().name}). "
                        "Check --chief-address."
                    ) from error
                if time.monotonic() >= deadline - 1e-3:
                    raise ChiefUnavailable(
                        f"No chief has answered at {self.address} for {self.patience:.0f} s. Start it with --chief, "
                        "check --chief-address, and start this worker again: the search continues from there."
                    ) from error
                time.sleep(0.2)

    def _send_heartbeats(self) -> None:
        while not self._has_left.wait(HEARTBEAT_SECONDS):
            try:
                call(self._calls, "Alive", self._identity(), _CALL_SECONDS, wait=False)
            except (grpc.RpcError, ValueError):  # the chief is away, or the channel is closed
                continue
