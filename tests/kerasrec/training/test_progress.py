import json
import math

import pytest

from kerasrec.training import progress as budget
from kerasrec.training.progress import Progress, best_epoch
from kerasrec.training.settings import TrainSettings


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is set: `clock[0] = 5.0`."""
    now = [0.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    return now


def test_a_budget_in_epochs_is_spent_by_steps():
    progress = Progress(TrainSettings(epochs=4, epoch_lines=320, batch_size=32))
    shares = []
    for progress.step in (0, 1, 20, 40, 41):
        shares.append(progress.share())
    assert shares == [0, 1 / 40, 0.5, 1, 1]


def test_a_budget_in_minutes_is_spent_by_the_clock(clock):
    progress = Progress(TrainSettings(epochs=None, minutes=2))
    clock[0] = 10.0
    progress.start()
    clock[0] = 40.0
    assert (progress.elapsed(), progress.share()) == (30, 0.25)
    progress.seconds = 60.0  # from an earlier process
    assert (progress.elapsed(), progress.share()) == (90, 0.75)
    clock[0] = 100.0
    assert progress.share() == 1


def test_the_time_left_follows_from_the_speed(clock):
    progress = Progress(TrainSettings(epochs=4, epoch_lines=320, batch_size=32))
    assert progress.left() is None
    clock[0], progress.step = 10.0, 8
    assert progress.left() == 40
    progress = Progress(TrainSettings(epochs=None, minutes=2), step=1)
    clock[0] = 40.0
    assert progress.left() == pytest.approx(90)


def test_an_epoch_is_described(clock):
    progress = Progress(TrainSettings(batch_size=32), step=10, seconds=60.0)
    clock[0] = 2.345
    assert progress.describe() == {"step": 10, "lines": 320, "seconds": 62.34}


@pytest.mark.parametrize(
    ("step", "val_cers", "patience", "over"),
    [
        (10, [0.5], 3, False),
        (40, [0.5, 0.4, 0.3, 0.2], 3, True),
        (30, [0.3, 0.4, 0.3], 3, False),
        (30, [0.3, 0.4, 0.3], 2, True),
        (30, [0.3, 0.4, 0.3], 0, False),
        (30, [0.5, 0.4, 0.5], 1, True),
    ],
)
def test_training_is_over_with_the_budget_or_the_patience(step, val_cers, patience, over):
    settings = TrainSettings(epochs=4, epoch_lines=320, batch_size=32, patience=patience)
    progress = Progress(settings, step=step, history=[{"val_cer": val_cer} for val_cer in val_cers])
    assert progress.is_over() is over


@pytest.mark.parametrize(
    ("values", "rises", "best"), [([], True, 0), ([0.1, 0.3, 0.3], True, 2), ([0.2, 0.1, 0.3, 0.1], False, 2)]
)
def test_the_first_of_equally_good_epochs_is_the_best(values, rises, best):
    assert best_epoch([{"reached": value} for value in values], "reached", rises) == best


def test_a_restored_progress_continues(clock):
    settings = TrainSettings()
    progress = Progress(settings, 7, 3.0, [{"epoch": 1, "val_cer": 0.5}], "mixed_bfloat16")
    clock[0] = 2.0
    state = json.loads(json.dumps(progress.state()))
    clock[0] = 100.0
    restored = Progress(settings)
    restored.restore(state)
    clock[0] = 101.5
    assert restored.elapsed() == 3.0 + 2.0 + 1.5
    assert (restored.step, restored.history) == (7, [{"epoch": 1, "val_cer": 0.5}])
    assert (restored.best_cer, restored.best_epoch, restored.policy) == (0.5, 1, "mixed_bfloat16")


def test_a_progress_without_epochs_is_plain_json():
    state = json.loads(json.dumps(Progress(TrainSettings()).state(), allow_nan=False))
    restored = Progress(TrainSettings())
    restored.restore(state)
    assert (restored.best_cer, restored.best_epoch) == (math.inf, 0)
    assert restored.history == []
