"""A chief and its workers as processes that get killed, with trials that last as long as a test needs."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from kerasrec.training.settings import TrainSettings
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import SPACES

pytestmark = pytest.mark.slow

PATIENCE = 300
"""Seconds to wait for a process; it takes a few on an idle machine."""

SETUP = """
import sys
from pathlib import Path
sys.stdout = sys.stderr = open(log, "a", buffering=1)
"""

CHIEF = (
    SETUP
    + """
import types
from kerasrec.errors import KerasrecError
from kerasrec_tuning import search
from kerasrec_tuning.chief import Chief
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.progress import ShowSearch

search.Gate = lambda settings, splits: types.SimpleNamespace(refuse=lambda point: None)
folder = SearchFolder.open(Path(folder))
show = ShowSearch(folder.settings(), folder.trials(), sys.stdout)
try:
    search.lead(folder, None, show, Chief(address, lost_after=10.0))
except KerasrecError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
)

WORKER = (
    SETUP
    + """
import time
from kerasrec_tuning import worker
from kerasrec_tuning.client import ChiefClient
from kerasrec_tuning.progress import ShowTrials
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.training import Outcome

def train_trial(settings, hyperparameters, share, splits, scratch, watch):
    while Path(hold).exists():
        time.sleep(0.05)
    return Outcome(hyperparameters["learning_rate"], 1.0, 2.0, 640)

worker.train_trial = train_trial
client = ChiefClient(address, name, 600.0)
settings = SearchSettings.from_json(client.hello()["settings"])
worker.work(client, settings, None, Path("scratch"), ShowTrials(settings, sys.stdout), None)
"""
)


class Machine:
    """A process and its output."""

    def __init__(self, process: BaseProcess, log: Path) -> None:
        self.process, self.log = process, log

    def kill(self) -> None:
        """Ends it like `kill -9`, or like a machine that loses power."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()

    def end(self) -> int:
        """Waits for its end, and returns the exit code."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, f"it does not end:\n{self.written()}"
        assert "Traceback" not in self.written(), self.written()
        return self.process.exitcode

    def written(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Machines:
    """The processes of one search, and the files with which a test holds back the trials of a worker."""

    def __init__(self, fork: Callable[..., BaseProcess], path: Path, address: str) -> None:
        settings = SearchSettings(TrainSettings(), SPACES["line_resnet"], strategy="random", trials=4, lines=640)
        self.folder = SearchFolder.create(path / "search", settings, "kerasrec", "toy")
        self.fork, self.path, self.address, self.all = fork, path, address, []

    def chief(self) -> Machine:
        return self._start(CHIEF, folder=str(self.folder.path))

    def worker(self, name: str) -> Machine:
        return self._start(WORKER, name=name, hold=str(self.path / name))

    def hold(self, name: str) -> None:
        (self.path / name).touch()

    def release(self, name: str) -> None:
        (self.path / name).unlink()

    def wait(self, done) -> None:
        """Waits until the trials meet a condition."""
        deadline = time.monotonic() + PATIENCE
        while not done(self.folder.trials()):
            if time.monotonic() > deadline:
                pytest.fail("\n".join([str(self.folder.trials()), *(machine.written() for machine in self.all)]))
            time.sleep(0.05)

    def _start(self, code: str, **values: str) -> Machine:
        log = self.path / f"log{len(self.all)}"
        log.touch()
        machine = Machine(self.fork(code, log=str(log), address=self.address, **values), log)
        self.all.append(machine)
        return machine


@pytest.fixture
def machines(fork, tmp_path, address):
    group = Machines(fork, tmp_path, address)
    yield group
    for machine in group.all:
        if machine.process.is_alive():
            machine.kill()


def has_trial(worker, status):
    return lambda trials: any((trial.worker, trial.status) == (worker, status) for trial in trials)


def completed(trials):
    return [(trial.status, trial.starts) for trial in trials]


def test_two_workers_share_the_trials_of_a_chief(machines):
    machines.hold("w1")
    chief, w1 = machines.chief(), machines.worker("w1")
    machines.wait(has_trial("w1", "running"))
    w2 = machines.worker("w2")
    machines.wait(lambda trials: len(trials) == 4)
    machines.release("w1")
    assert [machine.end() for machine in (w1, w2, chief)] == [0, 0, 0]
    assert "4 of 4 trials done" in chief.written()
    trials = machines.folder.trials()
    assert completed(trials) == [("completed", 1)] * 4
    assert {trial.worker for trial in trials} == {"w1", "w2"}
    assert machines.folder.best_file.exists()


def test_a_worker_that_is_killed_and_started_again_runs_its_trial_again(machines):
    machines.hold("w1")
    chief, w1 = machines.chief(), machines.worker("w1")
    machines.wait(has_trial("w1", "running"))
    w1.kill()
    machines.release("w1")
    again = machines.worker("w1")
    assert (again.end(), chief.end()) == (0, 0)
    assert completed(machines.folder.trials()) == [("completed", 2)] + [("completed", 1)] * 3
    assert "Trial 0 on w1, again: the default" in chief.written()


def test_a_chief_that_is_killed_and_started_again_loses_nothing(machines):
    machines.hold("w1")
    chief, w1 = machines.chief(), machines.worker("w1")
    machines.wait(lambda trials: "Trial 0" in w1.written())
    chief.kill()
    machines.release("w1")  # its trial ends while there is no chief
    again = machines.chief()
    assert (w1.end(), again.end()) == (0, 0)
    assert completed(machines.folder.trials()) == [("completed", 1)] * 4


def test_a_chief_does_not_wait_forever_for_lost_workers(machines):
    machines.hold("w1")
    chief, w1 = machines.chief(), machines.worker("w1")
    machines.wait(has_trial("w1", "running"))
    w2 = machines.worker("w2")
    machines.wait(has_trial("w2", "completed"))
    for worker in (w1, w2):
        worker.kill()
    assert chief.end() == 1
    assert "Trial 0 is lost: its worker w1 is gone." in chief.written()
    assert "trial 0 of worker w1" in chief.written().partition("LostTrials: Lost: ")[2]
    assert machines.folder.best_file.exists()  # the best of the finished trials

    chief, w3 = machines.chief(), machines.worker("w3")  # and the search can continue
    assert (chief.end(), w3.end()) == (0, 0)
    assert [trial.status for trial in machines.folder.trials()] == ["completed"] * 4


def test_another_worker_runs_the_trial_of_a_lost_one(machines):
    machines.hold("w1")
    chief, w1 = machines.chief(), machines.worker("w1")
    machines.wait(has_trial("w1", "running"))
    w2 = machines.worker("w2")
    machines.wait(has_trial("w2", "completed"))
    w1.kill()
    assert (w2.end(), chief.end()) == (0, 0)
    assert completed(machines.folder.trials()) == [("completed", 2)] + [("completed", 1)] * 3
    assert {trial.worker for trial in machines.folder.trials()} == {"w2"}
