import io

import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction import reproduce as module
from kerasrec.labs.reproduction.reproduce import reproduce
from kerasrec.labs.reproduction.request import Request
from kerasrec.labs.reproduction.result import Result
from kerasrec.labs.reproduction.runs import RUNS, CharacterPlan

SIMPLE = RUNS["line-cnn-simple"]


@pytest.fixture
def calls(made, monkeypatch):
    """The requested trainings, none of which is run; each returns a result of 10 epochs with the split's own share."""
    found = []

    def lines(settings, folder, data_dir, command, minutes, stream, done):
        found.append((settings, folder.name, command, minutes, done))
        return made(0.9 if settings.split == "lab" else 0.8)

    def characters(plan, folder, data_dir, command, minutes, stream, done):
        found.append((plan, folder.name, command, minutes, done))
        return made(0.99)

    monkeypatch.setattr(module, "reproduce_lines", lines)
    monkeypatch.setattr(module, "reproduce_characters", characters)
    return found


def test_lines_are_trained_on_both_splits(calls, tmp_path):
    stream = io.StringIO()
    result = reproduce(Request(SIMPLE, SIMPLE.splits, 3, 5.0, 7), tmp_path, tmp_path, stream)
    assert [(name, settings.split) for settings, name, *_ in calls] == [("lab", "lab"), ("disjoint", "disjoint")]
    assert {(settings.epochs, settings.seed, minutes) for settings, _, _, minutes, _ in calls} == {(3, 7, 5.0)}
    assert {command for _, _, command, *_ in calls} == {
        "kerasrec reproduce line-cnn-simple --epochs 3 --minutes 5 --seed 7"
    }
    assert {split: training.test["cer"] for split, training in result.trainings.items()} == {
        "lab": 0.9,
        "disjoint": 0.8,
    }
    assert Result.load(tmp_path / "result.json") == result
    assert stream.getvalue().splitlines() == [
        f"line-cnn-simple: {SIMPLE.about}; as in the labs",
        f"line-cnn-simple: {SIMPLE.about}; disjoint",
    ]


def test_a_second_split_is_added_to_the_result(calls, tmp_path):
    reproduce(Request(SIMPLE, ("disjoint",)), tmp_path, tmp_path, io.StringIO())
    result = reproduce(Request(SIMPLE, ("lab",)), tmp_path, tmp_path, io.StringIO())
    assert set(result.trainings) == {"lab", "disjoint"}
    reproduce(Request(SIMPLE, ("lab",)), tmp_path, tmp_path, io.StringIO())
    assert calls[-1][-1] == result.trainings["lab"]  # the saved result is passed on


def test_characters_are_trained_by_their_plan(calls, tmp_path):
    run = RUNS["emnist-cnn"]
    reproduce(Request(run, run.splits, 2, seed=5), tmp_path, tmp_path, io.StringIO())
    ((plan, name, *_),) = calls
    assert (plan, name) == (CharacterPlan("character_cnn", "emnist", 2, 5), "lab")


def test_the_folder_of_another_run_is_rejected(calls, made, tmp_path):
    Result("line-cnn-overlap", {"lab": made()}).save(tmp_path / "result.json")
    with pytest.raises(UsageError, match="holds line-cnn-overlap, not line-cnn-simple"):
        reproduce(Request(SIMPLE, ("lab",)), tmp_path, tmp_path, io.StringIO())
    assert calls == []
