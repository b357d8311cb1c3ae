"""A chief and its workers as threads of this process; `test_worker.py` runs them as processes."""

import threading
import time
from pathlib import Path

import keras_tuner
import pytest

from kerasrec.errors import CannotWrite, UsageError
from kerasrec_tuning.chief import Chief
from kerasrec_tuning.client import ChiefClient
from kerasrec_tuning.errors import ChiefUnavailable, LostTrials
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import SPACES, default_point
from kerasrec_tuning.training import Outcome
from kerasrec_tuning.tuner import TrialTuner


class ChiefThread(threading.Thread):
    """A chief of a toy search."""

    def __init__(self, search, address, lost_after=5.0, first_worker_seconds=0.0):
        super().__init__(daemon=True)
        self.search, self.error = search, None
        self.chief = Chief(address, lost_after, first_worker_seconds)
        self.start()

    def run(self):
        try:
            self.chief.serve(self.search.oracle)
        except BaseException as error:
            self.error = error

    def end(self):
        self.join(60)
        assert not self.is_alive(), "the chief waits forever"
        if self.error:
            raise self.error


def work(address, name, outcome=lambda trial_id: None, patience=10.0):
    """Runs trials as a worker does, until there are no more; returns their ids and hyperparameters."""
    client = ChiefClient(address, name, patience)
    settings = SearchSettings.from_json(client.hello()["settings"])
    ran = []

    def run(trial_id, hyperparameters, share):
        ran.append((trial_id, hyperparameters))
        outcome(trial_id)
        return Outcome(0.3, 1.5, 2.0, 640)

    placeholder = keras_tuner.oracles.RandomSearchOracle(keras_tuner.Objective("val_cer", "min"))
    tuner = TrialTuner(placeholder, Path("nowhere/at-all"), settings.space, run)  # a worker's tuner writes nothing
    tuner.oracle, tuner.tuner_id = client, name
    try:
        tuner.search()
    finally:
        client.leave()
    return ran


def test_workers_share_the_trials(toy_search, address):
    search = toy_search(trials=6, strategy="bayesian")
    chief = ChiefThread(search, address)
    ran = {}
    threads = [
        threading.Thread(target=lambda name=name: ran.update({name: work(address, name, lambda _: time.sleep(0.05))}))
        for name in ("w1", "w2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chief.end()
    trials = search.folder.trials()
    assert [trial.status for trial in trials] == ["completed"] * 6
    assert sorted(trial_id for each in ran.values() for trial_id, _ in each) == [trial.id for trial in trials]
    assert {trial.worker for trial in trials} == {"w1", "w2"}
    for name, each in ran.items():
        for trial_id, hyperparameters in each:  # no number was rounded on the way
            assert trials[int(trial_id)].hyperparameters == hyperparameters
            assert trials[int(trial_id)].worker == name
    assert trials[0].hyperparameters == default_point(SPACES["line_resnet"])
    assert (trials[0].val_cer, trials[0].ms_per_line, trials[0].seconds, trials[0].lines) == (0.3, 1.5, 2.0, 640)


def test_the_reason_of_a_failure_reaches_the_chief(toy_search, address):
    def outcome(trial_id):
        if trial_id == "1":
            raise MemoryError

    search = toy_search(trials=3)
    chief = ChiefThread(search, address)
    work(address, "w1", outcome)
    chief.end()
    assert [trial.reason for trial in search.folder.trials()] == [None, "It needs more memory than is available.", None]


def test_a_worker_that_never_comes_back_is_reported(toy_search, address):
    search = toy_search(trials=3)
    chief = ChiefThread(search, address, lost_after=3.0)
    client = ChiefClient(address, "w1", 10.0)
    client.hello()
    client.create_trial("w1")
    client._has_left.set()  # stops the heartbeats without leaving
    with pytest.raises(LostTrials, match=r"Lost: trial 0 of worker w1. No worker has been heard from for \d+ s"):
        chief.end()
    assert search.listener.named("lost")[0].worker == "w1"


def test_another_worker_runs_a_lost_trial(toy_search, address):
    search = toy_search(trials=2)
    chief = ChiefThread(search, address, lost_after=3.0)
    client = ChiefClient(address, "w1", 10.0)
    client.hello()
    client.create_trial("w1")
    client._has_left.set()
    assert [trial_id for trial_id, _ in work(address, "w2")] == ["1", "0"]  # it waits until the first is lost
    chief.end()
    assert [(trial.status, trial.worker) for trial in search.folder.trials()] == [("completed", "w2")] * 2


def test_a_worker_that_leaves_returns_its_trial_at_once(toy_search, address):
    search = toy_search(trials=2)
    chief = ChiefThread(search, address, lost_after=30.0)

    def press_ctrl_c(trial_id):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(address, "w1", press_ctrl_c)
    assert [trial_id for trial_id, _ in work(address, "w2")] == ["0", "1"]
    chief.end()


def test_a_chief_without_workers_ends(toy_search, address):
    chief = ChiefThread(toy_search(), address, lost_after=0.3, first_worker_seconds=0.3)
    with pytest.raises(LostTrials, match="^No worker has been heard from for 0 s, and none is left"):
        chief.end()


def test_a_finished_search_needs_no_workers(toy_search, address):
    toy_search(trials=2).run()
    ChiefThread(toy_search(trials=2), address).end()


def test_a_restarted_chief_continues_and_its_workers_wait(toy_search, address):
    search = toy_search(trials=4)
    chief, again = ChiefThread(search, address), []
    restarted = threading.Event()

    def outcome(trial_id):
        if trial_id == "1" and not again:
            chief.chief.stop()  # as if it were killed in the middle of the trial
            again.append(ChiefThread(toy_search(trials=4), address))
            restarted.set()

    ran = work(address, "w1", outcome)
    again[0].end()
    assert [trial_id for trial_id, _ in ran] == ["0", "1", "2", "3"]
    trials = search.folder.trials()
    assert [(trial.status, trial.starts) for trial in trials] == [("completed", 1)] * 4
    chief.error = None


def test_a_worker_waits_for_a_chief_that_is_loading_its_search_again(toy_search, address):
    search = toy_search(trials=3)
    chief, again = ChiefThread(search, address), []

    def outcome(trial_id):
        if trial_id == "1" and not again:
            chief.chief.stop()
            again.append(Chief(address, 5.0))
            again.append(threading.Timer(1.0, again[0].serve, [toy_search(trials=3).oracle]))
            again[1].start()

    assert [trial_id for trial_id, _ in work(address, "w1", outcome)] == ["0", "1", "2"]
    again[1].join(60)
    assert not again[1].is_alive()
    assert [(trial.status, trial.starts) for trial in search.folder.trials()] == [("completed", 1)] * 3
    chief.error = None


def test_the_worker_of_another_search_is_refused(toy_search, address, tmp_path):
    first = toy_search(trials=3)
    chief, other = ChiefThread(first, address), []

    def outcome(trial_id):
        if not other:
            chief.chief.stop()
            first.folder.path.rename(tmp_path / "first")
            other.append(ChiefThread(toy_search(trials=2), address))

    with pytest.raises(
        ChiefUnavailable, match="refused the call: it runs another search than this worker. Start this worker"
    ):
        work(address, "w1", outcome)
    assert other[0].search.folder.trials() == []
    assert [trial_id for trial_id, _ in work(address, "w1")] == ["0", "1"]
    other[0].end()
    chief.error = None


def test_a_chief_that_cannot_write_stops_and_tells_its_workers(toy_search, address, monkeypatch):
    search = toy_search(trials=4)
    chief = ChiefThread(search, address)

    def outcome(trial_id):
        def full(trial):
            raise CannotWrite("The disk is full.")

        monkeypatch.setattr(search.folder, "write_trial", full)

    with pytest.raises(ChiefUnavailable, match="The chief at .* has failed: The disk is full."):
        work(address, "w1", outcome)
    with pytest.raises(CannotWrite, match="The disk is full."):
        chief.end()


def test_a_worker_may_start_before_the_search_is_loaded(toy_search, address):
    chief = Chief(address, 5.0)
    client = ChiefClient(address, "w1", 10.0)
    assert client._call("Hello") == {"ready": False}
    serving = threading.Thread(target=chief.serve, args=(toy_search(trials=1).oracle,), daemon=True)
    serving.start()
    client.leave()
    assert [trial_id for trial_id, _ in work(address, "w2")] == ["0"]
    serving.join(60)
    assert not serving.is_alive(), "the chief waits forever"


def test_a_port_that_is_taken_is_reported(address):
    first = Chief(address, 1.0)
    with pytest.raises(UsageError, match=f"The chief cannot listen on {address}: another program has the port"):
        Chief(address, 1.0)
    first.stop()
