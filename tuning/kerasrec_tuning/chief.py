"""The chief of a search on many machines: it chooses the points, saves the results, and detects lost workers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from keras_tuner.engine.trial import Trial as KerasTunerTrial
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.protos import get_service, get_service_grpc

from kerasrec.errors import UsageError
from kerasrec_tuning.attendance import Attendance
from kerasrec_tuning.calls import CallHandler, rpc_handler
from kerasrec_tuning.errors import LostTrials
from kerasrec_tuning.membership import SearchIdChecker
from kerasrec_tuning.oracle import SearchOracle

FIRST_WORKER_SECONDS = 600.0
"""How long a chief waits for its first worker, if that is longer than its wait for a silent one."""

_POLL_SECONDS = 0.1
_THREADS = 8


class Chief:
    """Serves KerasTuner's oracle to workers on other machines.

    Args:
        address: HOST:PORT to listen on.
        lost_after: Seconds without a heartbeat after which a worker is lost.
        first_worker_seconds: Seconds to wait for the first worker.

    Raises:
        UsageError: The chief cannot listen on the address.
    """

    def __init__(self, address: str, lost_after: float, first_worker_seconds: float = FIRST_WORKER_SECONDS) -> None:
        self.attendance = Attendance(lost_after, max(first_worker_seconds, lost_after))
        self._servicer = _Servicer(self.attendance, lost_after)
        options = [("grpc.so_reuseport", 0)]  # otherwise a second chief takes the same port
        self._checker = SearchIdChecker()
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), interceptors=[self._checker], options=options)
        get_service_grpc().add_OracleServicer_to_server(self._servicer, self._server)
        self._server.add_generic_rpc_handlers((rpc_handler(self._servicer.handlers()),))
        try:
            self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise UsageError(
                f"The chief cannot listen on {address}: another program has the port, or the host is not this machine. "
                "Choose another --chief-address."
            ) from error
        self._server.start()  # workers that come before the search is loaded are told to wait

    def serve(self, oracle: SearchOracle) -> None:
        """Hands out trials until there are no more and every worker knows it.

        Raises:
            LostTrials: No worker is left.
            CannotWrite: The search's folder cannot be written to, or the disk is full.
        """
        self.attendance.start(oracle.ongoing_trials)
        self._servicer.oracle = oracle
        self._checker.search = oracle.surroundings.folder.id()
        try:
            while not self._servicer.run_locked(oracle.is_over) or not self.attendance.is_empty():
                time.sleep(_POLL_SECONDS)
                self._servicer.run_locked(self._check_workers, oracle)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stops answering calls."""
        self._server.stop(grace=1.0).wait()

    def _check_workers(self, oracle: SearchOracle) -> None:
        """Takes back the trials of silent workers; raises LostTrials if no worker is left to run them."""
        for worker in self.attendance.remove_silent():
            oracle.release(worker)
        if oracle.is_over() or not self.attendance.has_timed_out():
            return
        waiting = [f"trial {trial.id} of worker {trial.worker}" for trial in oracle.waiting_trials()]
        raise LostTrials(
            (f"Lost: {', '.join(waiting)}. " if waiting else "")
            + f"No worker has been heard from for {self.attendance.seconds_silent():.0f} s, and none is left. "
            "Start the chief and workers again with the same commands: the search continues from there."
        )


class _Servicer(OracleServicer):
    """KerasTuner's answers to workers, one at a time; a failure in one of them ends the chief, not just the worker.

    It has its own lock because KerasTuner's stays locked after a failure.
    """

    def __init__(self, attendance: Attendance, lost_after: float) -> None:
        super().__init__(None)
        self._attendance, self._lost_after = attendance, lost_after
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def handlers(self) -> dict[str, CallHandler]:
        """The handlers of kerasrec's own calls."""
        return {
            "Hello": self.hello,
            "Alive": self.record_heartbeat,
            "Leave": self.leave,
            "Reason": self.record_reason,
        }

    def run_locked(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a function while no other call uses the oracle; after a failure every call raises that failure."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                return function(*arguments)
            except BaseException as error:
                self._failure = error
                raise

    def hello(self, request: dict[str, Any]) -> dict[str, Any]:
        """Returns whether a process is admitted as the worker it asks to be, and the settings of the search."""
        if self.oracle is None:
            return {"ready": False}
        admitted = self._attendance.admit(request["worker"], request["token"])
        surroundings = self.oracle.surroundings
        return {
            "ready": True,
            "welcome": admitted,
            "settings": surroundings.settings.to_json(),
            "search": surroundings.folder.id(),
            "lost_after": self._lost_after,
        }

    def record_heartbeat(self, request: dict[str, Any]) -> dict[str, Any]:
        """Records a heartbeat."""
        self._attendance.record_heartbeat(request["worker"], request["token"])
        return {}

    def leave(self, request: dict[str, Any]) -> dict[str, Any]:
        """Removes a worker that was stopped; its trial waits for another worker."""
        if self._attendance.leave(request["worker"], request["token"]):
            self.run_locked(self._release_trial, request["worker"])
        return {}

    def _release_trial(self, worker: str) -> None:
        self.oracle.undo_start(worker)
        self.oracle.release(worker)

    def record_reason(self, request: dict[str, Any]) -> dict[str, Any]:
        """Records why a trial failed, just before its end: KerasTuner's end message does not carry the reason."""
        self._reasons[request["trial"]] = request["reason"]
        return {}

    def CreateTrial(self, request: Any, context: Any) -> Any:  # noqa: N802 (KerasTuner's name)
        """Hands out the next trial."""
        response = self._answer(super().CreateTrial, request, context)
        if response.trial.status == TrialStatus.to_proto(TrialStatus.STOPPED):
            self._attendance.dismiss(request.tuner_id)
        return response

    def UpdateTrial(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Records the results of a trial."""
        return self._answer(super().UpdateTrial, request, context)

    def EndTrial(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Records the end of a trial."""
        return self._answer(self._end, request, context)

    def _end(self, request: Any, context: Any) -> Any:
        trial = KerasTunerTrial.from_proto(request.trial)
        trial.message = self._reasons.pop(trial.trial_id, None)
        self.oracle.end_trial(trial)
        return get_service().EndTrialResponse()

    def _answer(self, answer: Callable[[Any, Any], Any], request: Any, context: Any) -> Any:
        try:
            return self.run_locked(answer, request, context)
        except Exception as error:
            context.abort(grpc.StatusCode.ABORTED, str(error))
