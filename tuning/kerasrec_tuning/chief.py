"""The chief of a search on many machines: it chooses the points, keeps what is reached, and misses lost workers."""

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
from kerasrec_tuning.calls import Answer, handler
from kerasrec_tuning.errors import LostTrials
from kerasrec_tuning.membership import AnswersItsSearch
from kerasrec_tuning.oracle import SearchOracle

FIRST_WORKER_SECONDS = 600.0
"""How long a chief waits for its first worker, if that is longer than it waits for a silent one."""

_POLL_SECONDS = 0.1
_THREADS = 8


class Chief:
    """Serves KerasTuner's oracle to workers on other machines.

    Args:
        address: HOST:PORT to listen on.
        lost_after: Seconds without a sign of life after which a worker is lost.
        first_worker_seconds: Seconds without any worker at the beginning after which none is hoped for.

    Raises:
        UsageError: The address cannot be listened on.
    """

    def __init__(self, address: str, lost_after: float, first_worker_seconds: float = FIRST_WORKER_SECONDS) -> None:
        self.attendance = Attendance(lost_after, max(first_worker_seconds, lost_after))
        self._servicer = _Servicer(self.attendance, lost_after)
        options = [("grpc.so_reuseport", 0)]  # otherwise a second chief takes the same port
        self._own = AnswersItsSearch()
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), interceptors=[self._own], options=options)
        get_service_grpc().add_OracleServicer_to_server(self._servicer, self._server)
        self._server.add_generic_rpc_handlers((handler(self._servicer.answers()),))
        try:
            self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise UsageError(
                f"The chief cannot listen on {address}: another program has the port, or the host is not this machine. "
                "Choose another --chief-address."
            ) from error
        self._server.start()  # workers that come before the search is loaded are told to wait

    def serve(self, oracle: SearchOracle) -> None:
        """Gives out trials until there are no more and every worker knows it.

        Raises:
            LostTrials: No worker is left.
            CannotWrite: The search's folder cannot be written to, or the disk is full.
        """
        self.attendance.begin(oracle.ongoing_trials)
        self._servicer.oracle = oracle
        self._own.search = oracle.around.folder.id()
        try:
            while not self._servicer.guarded(oracle.is_over) or not self.attendance.is_empty():
                time.sleep(_POLL_SECONDS)
                self._servicer.guarded(self._miss, oracle)
        finally:
            self.stop()

    def stop(self) -> None:
        """Answers nobody any more."""
        self._server.stop(grace=1.0).wait()

    def _miss(self, oracle: SearchOracle) -> None:
        """Takes the trials of silent workers from them; raises LostTrials where nobody is left to run them."""
        for worker in self.attendance.remove_silent():
            oracle.lose(worker)
        if oracle.is_over() or not self.attendance.is_hopeless():
            return
        waiting = [f"trial {trial.id} of worker {trial.worker}" for trial in oracle.waiting()]
        raise LostTrials(
            (f"Lost: {', '.join(waiting)}. " if waiting else "")
            + f"No worker has been heard of for {self.attendance.silence():.0f} s, and nobody is left to go on. "
            "Start the chief and workers again with the same commands: the search goes on where it is."
        )


class _Servicer(OracleServicer):
    """KerasTuner's answers to workers, one at a time; a failure in one of them ends the chief, not the worker alone.

    The lock is there because KerasTuner's own stays locked after a failure.
    """

    def __init__(self, attendance: Attendance, lost_after: float) -> None:
        super().__init__(None)
        self._attendance, self._lost_after = attendance, lost_after
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    def answers(self) -> dict[str, Answer]:
        """The answers to kerasrec's own calls."""
        return {"Hello": self.greet, "Alive": self.hear, "Leave": self.leave, "Reason": self.explain}

    def guarded(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """Does something with the oracle while nobody else does; after a failure nothing more."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                return act(*arguments)
            except BaseException as error:
                self._failure = error
                raise

    def greet(self, said: dict[str, Any]) -> dict[str, Any]:
        """Tells a process whether it can be the worker that it wants to be, and of which search."""
        if self.oracle is None:
            return {"ready": False}
        welcome = self._attendance.welcome(said["worker"], said["token"])
        around = self.oracle.around
        told = {"settings": around.settings.to_json(), "search": around.folder.id(), "lost_after": self._lost_after}
        return {"ready": True, "welcome": welcome, **told}

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Takes a sign of life."""
        self._attendance.hear(said["worker"], said["token"])
        return {}

    def leave(self, said: dict[str, Any]) -> dict[str, Any]:
        """Lets a worker go that was stopped; its trial waits for another."""
        if self._attendance.leave(said["worker"], said["token"]):
            self.guarded(self._let_go, said["worker"])
        return {}

    def _let_go(self, worker: str) -> None:
        self.oracle.take_back(worker)
        self.oracle.lose(worker)

    def explain(self, said: dict[str, Any]) -> dict[str, Any]:
        """Takes why a trial failed, just before its end: KerasTuner's message of the end does not say it."""
        self._reasons[said["trial"]] = said["reason"]
        return {}

    def CreateTrial(self, request: Any, context: Any) -> Any:  # noqa: N802 (KerasTuner's name)
        """Gives out the next trial."""
        response = self._answer(super().CreateTrial, request, context)
        if response.trial.status == TrialStatus.to_proto(TrialStatus.STOPPED):
            self._attendance.dismiss(request.tuner_id)
        return response

    def UpdateTrial(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Takes what a trial reached."""
        return self._answer(super().UpdateTrial, request, context)

    def EndTrial(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Takes the end of a trial."""
        return self._answer(self._end, request, context)

    def _end(self, request: Any, context: Any) -> Any:
        trial = KerasTunerTrial.from_proto(request.trial)
        trial.message = self._reasons.pop(trial.trial_id, None)
        self.oracle.end_trial(trial)
        return get_service().EndTrialResponse()

    def _answer(self, answer: Callable[[Any, Any], Any], request: Any, context: Any) -> Any:
        try:
            return self.guarded(answer, request, context)
        except Exception as error:
            context.abort(grpc.StatusCode.ABORTED, str(error))
