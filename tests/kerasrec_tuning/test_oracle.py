import itertools
import json
import shutil
from dataclasses import replace

import pytest

from kerasrec.errors import BadRun, CannotWrite
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.space import SPACES, default_point
from kerasrec_tuning.trials import Refused

DEFAULT = default_point(SPACES["line_resnet"])


class Killed(BaseException):
    """Ends a process in a test like a kill: nothing can clean up."""


def kill_in(number):
    """Returns an outcome that kills the process in the trial of a number, once."""
    pending = [number]

    def outcome(trial_id, hyperparameters):
        if trial_id in pending:
            pending.remove(trial_id)
            raise Killed

    return outcome


def test_the_first_trial_is_the_default(toy_search):
    search = toy_search().run()
    assert [trial.hyperparameters for trial in search.folder.trials()][0] == DEFAULT
    assert search.ran[0] == ("0", DEFAULT, 1.0)
    assert search.folder.default().id == "0"


def test_a_trial_is_written_at_its_start_and_at_its_end(toy_search):
    states = []
    search = toy_search(trials=2, outcome=lambda *_: states.append([t.status for t in search.folder.trials()]))
    search.run()
    assert states == [["running"], ["completed", "running"]]
    (first, second) = search.folder.trials()
    assert (first.val_cer, first.ms_per_line, first.seconds, first.lines) == (
        pytest.approx(0.1137, abs=1e-3),
        3.2,
        1.5,
        640,
    )
    assert (first.worker, first.starts, first.reason, first.share) == (None, 1, None, 1.0)
    assert first.finished <= second.finished


def test_the_listener_receives_the_events(toy_search):
    listener = toy_search(trials=2).run().listener
    assert [name for name, _ in listener.events] == ["began", "ended"] * 2
    assert [trial.status for trial in listener.named("ended")] == ["completed"] * 2


def test_a_failed_trial_has_its_reason_and_the_search_continues(toy_search):
    def outcome(trial_id, hyperparameters):
        if trial_id != "1":
            raise ValueError(f"No luck in {trial_id}.\nMore of it.")

    trials = toy_search(trials=5, outcome=outcome).run().folder.trials()
    assert [trial.status for trial in trials] == ["failed", "completed", "failed", "failed", "failed"]
    assert trials[0].reason == "ValueError: No luck in 0."
    assert trials[0].val_cer is None and trials[0].finished


def test_a_full_disk_ends_the_search(toy_search):
    def outcome(trial_id, hyperparameters):
        raise CannotWrite("The disk is full.")

    with pytest.raises(CannotWrite, match="The disk is full"):
        toy_search(outcome=outcome).run()


@pytest.mark.parametrize(
    ("strategy", "file"),
    [
        *itertools.product(["random", "bayesian", "hyperband"], ["tuner/trial_1/trial.json", "trials/1.json"]),
        *(("grid", "tuner/trial_2/trial.json"), ("random", "trials/2.json")),  # trial 2 failed
    ],
)
def test_a_damaged_trial_is_restored(toy_search, strategy, file):
    def fail_once(trial_id, hyperparameters):
        if trial_id == "2":
            raise ValueError("No luck.")

    before = toy_search(strategy=strategy, outcome=fail_once).run()
    trials = before.folder.trials()
    damaged = before.folder.path / file
    damaged.write_bytes(damaged.read_bytes()[:-9])
    again = toy_search(strategy=strategy).run()
    assert again.ran == []
    restored = [replace(trial, finished=trials[int(trial.id)].finished, starts=1) for trial in again.folder.trials()]
    assert restored == trials
    scores = [each.score and pytest.approx(each.score, abs=1e-5) for each in before.oracle.trials.values()]
    assert [again.oracle.trials[id].score for id in before.oracle.trials] == scores
    assert [trial.id for trial in toy_search(strategy=strategy, trials=6).run().folder.trials()] == list("012345")


@pytest.mark.parametrize("names", ["early", "late"])
def test_a_search_continues_after_a_power_loss(toy_search, disk, tmp_path, tmp_path_factory, names):
    left = []
    disk.before_change = lambda: left.append(disk.write_left(names, tmp_path_factory.mktemp("left")) / "toy")
    points = [each.hyperparameters for each in toy_search(trials=3).run().folder.trials()]
    disk.before_change = lambda: None
    begun = [folder for folder in left if (folder / "search.json").exists()]
    assert len(begun) > 30
    for folder in begun[::5]:
        completed = {each.id for each in SearchFolder(folder).trials() if each.status == "completed"}
        shutil.rmtree(tmp_path / "toy")
        folder.rename(tmp_path / "toy")
        again = toy_search(trials=3).run()
        assert completed.isdisjoint(id for id, _, _ in again.ran)
        assert [each.hyperparameters for each in again.folder.trials()] == points
        assert [each.status for each in again.folder.trials()] == ["completed"] * 3


def test_a_damaged_state_of_kerastuner_is_reported(toy_search):
    folder = toy_search().run().folder
    (folder.tuner_folder / "oracle.json").write_text('{"half', encoding="utf-8")
    with pytest.raises(BadRun, match="KerasTuner's state in .*tuner cannot be read .*: the search is damaged"):
        toy_search()


def test_a_refused_point_costs_no_trial(toy_search):
    search = toy_search(trials=6, refuse=lambda point: "Too wide." if point["width"] > 24 else None).run()
    assert len(search.folder.trials()) == 6
    assert all(trial.hyperparameters["width"] <= 24 for trial in search.folder.trials())
    refused = search.folder.refused()
    assert refused[0] == Refused(DEFAULT, "Too wide.")  # the default is refused like any other point
    assert all(each.hyperparameters["width"] > 24 for each in refused)
    assert search.listener.named("refused") == refused
    assert search.folder.default() is None


def test_a_refused_point_is_refused_once(toy_search):
    search = toy_search(trials=6, refuse=lambda point: "No." if point["width"] > 16 else None).run()
    points = [json.dumps(each.hyperparameters) for each in search.folder.refused()]
    assert len(points) == len(set(points)) > 0


def test_a_space_without_points_ends_the_search(toy_search):
    search = toy_search(refuse=lambda point: "No.").run()
    assert search.folder.trials() == []
    assert len(search.folder.refused()) > 100


def test_a_continued_search_refuses_no_point_again(toy_search):
    refused = toy_search(refuse=lambda point: "No.").run().folder.refused()
    again = toy_search(refuse=lambda point: "No.").run().folder.refused()
    points = [json.dumps(each.hyperparameters) for each in again]
    assert again[: len(refused)] == refused
    assert len(points) == len(set(points))


def test_an_uninterrupted_search_runs_all_its_trials(toy_search):
    whole = [trial.hyperparameters for trial in toy_search(trials=5).run().folder.trials()]
    assert len(whole) == 5


@pytest.mark.parametrize("strategy", ["random", "bayesian", "hyperband", "grid"])
def test_a_kill_loses_only_the_running_trial(toy_search, strategy):
    with pytest.raises(Killed):
        toy_search(trials=7, strategy=strategy, outcome=kill_in("3")).run()
    search = toy_search(trials=7, strategy=strategy)
    before = search.folder.trials()
    assert [trial.status for trial in before] == ["completed"] * 3 + ["running"]
    search.run()
    after = search.folder.trials()
    assert after[:3] == before[:3]
    assert [trial.status for trial in after] == ["completed"] * 7
    assert search.ran[0][:2] == ("3", before[3].hyperparameters)
    assert [number for number, _, _ in search.ran] == ["3", "4", "5", "6"]
    assert [trial.starts for trial in after] == [1, 1, 1, 2, 1, 1, 1]
    points = [json.dumps([t.hyperparameters, t.share]) for t in after]
    assert len(set(points)) == 7  # none is tried twice


@pytest.mark.parametrize("step", range(1, 13))
def test_a_kill_between_any_two_files_loses_nothing(toy_search, monkeypatch, step):
    """Two trials write about 12 files; the process ends before each of them in turn."""
    from kerasrec_tuning import folder, oracle

    written = []

    def write(path, value):
        written.append(path)
        if len(written) == step:
            raise Killed
        whole(path, value)

    whole, done = oracle.write_json, []
    search = toy_search(trials=2)
    monkeypatch.setattr(oracle, "write_json", write)
    monkeypatch.setattr(folder, "write_json", write)
    try:
        search.run()
    except Killed:
        done = [trial.id for trial in search.folder.trials() if trial.status == "completed"]
    monkeypatch.undo()
    again = toy_search(trials=2).run()
    assert [trial.status for trial in again.folder.trials()] == ["completed"] * 2
    assert again.folder.trials()[0].hyperparameters == DEFAULT
    assert not set(done) & {number for number, _, _ in again.ran}


def test_a_trial_that_keeps_killing_its_process_fails(toy_search):
    for _ in range(3):
        with pytest.raises(Killed):
            toy_search(trials=3, outcome=kill_in("1")).run()
    trials = toy_search(trials=3).run().folder.trials()
    assert [trial.status for trial in trials] == ["completed", "failed", "completed"]
    assert "ended 3 times during this trial; it may need too much memory" in trials[1].reason


def test_a_finished_search_runs_nothing(toy_search):
    before = toy_search(trials=2).run().folder.trials()
    again = toy_search(trials=2).run()
    assert again.ran == []
    assert again.folder.trials() == before


def test_a_trial_that_reads_too_slowly_scores_worse(toy_search):
    search = toy_search(trials=8, max_ms_per_line=3.0).run()  # a width of 32 and more takes longer
    scores = {trial.hyperparameters["width"] > 30: [] for trial in search.folder.trials()}
    for trial in search.folder.trials():
        scores[trial.hyperparameters["width"] > 30].append(search.oracle.trials[trial.id].score)
    assert len(scores) == 2
    assert min(scores[True]) > max(scores[False])
    assert search.folder.best().hyperparameters["width"] <= 24


def test_a_second_end_of_a_trial_has_no_effect(toy_search):
    search = toy_search(trials=2)
    trial = search.oracle.create_trial("w1")
    search.oracle.release("w1")
    again = search.oracle.create_trial("w2")  # the same trial, for another worker
    assert again.trial_id == trial.trial_id
    metrics = {"val_cer": 0.5, "ms_per_line": 1.0, "seconds": 2.0, "lines": 64}
    for cer in (0.5, 0.7):  # from w1, then from w2
        ended = type(trial)(trial.hyperparameters, trial.trial_id, "COMPLETED")  # as received over the network
        search.oracle.update_trial(trial.trial_id, metrics | {"val_cer": cer})
        search.oracle.end_trial(ended)
    assert search.folder.trials()[0].val_cer == 0.5
    assert search.oracle.ongoing_trials == {}
    assert [name for name, _ in search.listener.events] == ["began", "lost", "began", "ended"]


def test_the_end_of_a_trial_that_was_thought_lost_counts(toy_search):
    search = toy_search(trials=1)
    trial = search.oracle.create_trial("w1")
    assert search.oracle.release("w1").id == "0"
    search.oracle.update_trial("0", {"val_cer": 0.5, "ms_per_line": 1.0, "seconds": 2.0, "lines": 64})
    search.oracle.end_trial(type(trial)(trial.hyperparameters, "0", "COMPLETED"))
    assert search.oracle.create_trial("w2").status == "STOPPED"
    assert search.folder.trials()[0].status == "completed"


def test_a_worker_waits_while_a_running_trial_may_be_lost(toy_search):
    search = toy_search(trials=1)
    search.oracle.create_trial("w1")
    assert search.oracle.create_trial("w2").status == "IDLE"
    search.oracle.release("w1")
    assert search.oracle.create_trial("w2").trial_id == "0"
    assert search.oracle.create_trial("w3").status == "IDLE"


def test_a_worker_that_comes_back_gets_its_trial_again(toy_search):
    search = toy_search(trials=2)
    search.oracle.create_trial("w1")
    search.oracle.create_trial("w2")
    assert search.oracle.create_trial("w1").trial_id == "0"
    assert [(trial.worker, trial.starts) for trial in search.folder.trials()] == [("w1", 2), ("w2", 1)]


def test_a_chief_that_comes_back_waits_for_its_workers(toy_search):
    toy_search(trials=3).oracle.create_trial("w1")
    search = toy_search(trials=3)
    assert list(search.oracle.ongoing_trials) == ["w1"]
    assert search.oracle.create_trial("w2").trial_id == "1"
    assert search.oracle.create_trial("w1").trial_id == "0"
