from types import SimpleNamespace

import numpy as np
import pytest

from kerasrec.errors import DivergedTraining
from kerasrec.training import callbacks
from kerasrec.training import progress as budget
from kerasrec.training.callbacks import Keep, Pace, StopWhen, Validate
from kerasrec.training.progress import Progress
from kerasrec.training.settings import TrainSettings


def attach(callback, weights=(0.0,)):
    """Gives a callback a model with the attributes that callbacks use, and returns the model."""
    model = SimpleNamespace(
        optimizer=SimpleNamespace(learning_rate=0.25),
        stop_training=False,
        get_weights=lambda: [np.array(weights)],
    )
    callback.set_model(model)
    return model


@pytest.fixture
def progress():
    """4 epochs of 10 steps."""
    return Progress(TrainSettings(epochs=4, epoch_lines=320, batch_size=32, learning_rate=0.5, warmup=0.25, patience=2))


def test_pace_sets_the_learning_rate_of_each_step(progress):
    pace = Pace(progress)
    model = attach(pace)
    rates = []
    for progress.step in (0, 5, 10, 25, 40):
        pace.on_train_batch_begin(0)
        rates.append(model.optimizer.learning_rate)
    np.testing.assert_allclose(rates, [0.002, 0.25, 0.5, 0.25, 0], atol=1e-12)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("budget", [{"epochs": 1, "epoch_lines": 32}, {"epochs": 4}, {"epochs": None, "minutes": 5}])
def test_no_step_has_a_rate_of_0(schedule, budget):
    progress = Progress(TrainSettings(**budget, schedule=schedule, warmup=0.03))
    pace = Pace(progress)
    model = attach(pace)
    last = progress.settings.steps_per_epoch * (progress.settings.epochs or 1) - 1
    for progress.step in (0, last):
        pace.on_train_batch_begin(0)
        assert model.optimizer.learning_rate > 0


def test_pace_counts_steps_and_stops_at_the_end_of_the_budget(progress):
    pace = Pace(progress)
    model = attach(pace)
    progress.step = 38
    pace.on_train_batch_end(8, {"loss": 1.0})
    assert (progress.step, model.stop_training) == (39, False)
    pace.on_train_batch_end(9, {"loss": 1.0})
    assert (progress.step, model.stop_training) == (40, True)


@pytest.mark.parametrize("loss", ["nan", "inf"])
def test_pace_reports_the_step_at_which_the_loss_is_not_finite(progress, loss):
    pace = Pace(progress)
    attach(pace)
    progress.step = 4
    message = f"The loss became {loss} at step 5, in epoch 1. No epoch had ended before. .* than 0.5."
    with pytest.raises(DivergedTraining, match=message):
        pace.on_train_batch_end(4, {"loss": float(loss)})


def test_a_diverged_training_without_clipping_is_advised_to_clip():
    pace = Pace(Progress(TrainSettings(clip_norm=0.0)))
    attach(pace)
    with pytest.raises(DivergedTraining, match="than 0.001, or with --clip-norm 1."):
        pace.on_train_batch_end(4, {"loss": float("nan")})


def test_pace_measures_lines_per_second(progress, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    pace = Pace(progress)
    attach(pace)
    pace.on_train_begin()
    progress.step = 10
    pace.on_epoch_begin(1)
    now[0], progress.step = 104.0, 20
    logs = {"loss": 1.0}
    pace.on_epoch_end(1, logs)
    assert logs == {"loss": 1.0, "lines_per_s": 80.0}


def test_pace_rejects_weights_that_are_not_finite(progress):
    pace = Pace(progress)
    attach(pace, weights=(1.0, np.nan))
    progress.step, progress.history = 20, [{}]
    message = (
        "Weights have become NaN or infinite at step 20, in epoch 2. The weights up to the end of epoch 1 are kept."
    )
    with pytest.raises(DivergedTraining, match=message):
        pace.on_epoch_end(1, {"val_cer": 0.1})


def test_validate_adds_the_scores_and_samples(progress, monkeypatch):
    monkeypatch.setattr(callbacks, "validate", lambda *given: ({"val_cer": 0.5}, list(given)))
    logs = {"loss": 1.0}
    Validate(progress, "recognizer", "batches").on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_cer": 0.5}
    assert progress.samples == ["recognizer", "batches"]


@pytest.fixture
def kept():
    return []


@pytest.fixture
def keep(kept):
    """Makes a `Keep` that records its saves in `kept`: `keep("val_cer", rises=False)`."""

    def make(measure, rises):
        keep = Keep(
            [],
            measure,
            rises,
            describe=lambda best: {"best": best, "seconds": 1.5},
            save_best=lambda: kept.append("best"),
            save=lambda: kept.append("all"),
        )
        attach(keep)
        return keep

    return make


def test_keep_writes_a_row_for_each_epoch_and_describes_it(keep, kept):
    keep, logs = keep("val_cer", rises=False), {"loss": np.float32(2.5), "val_cer": 0.75}
    keep.on_epoch_end(0, logs)
    assert keep.history == [{"epoch": 1, "best": True, "seconds": 1.5, "loss": 2.5, "val_cer": 0.75}]
    assert logs == {"loss": 2.5, "val_cer": 0.75, "best": True, "seconds": 1.5}
    assert kept == ["best", "all"]


@pytest.mark.parametrize(("rises", "values"), [(False, [0.5, 0.4, 0.4, 0.6, 0.3]), (True, [0.5, 0.6, 0.6, 0.4, 0.7])])
def test_keep_saves_the_first_of_equally_good_epochs(keep, kept, rises, values):
    keep = keep("measure", rises)
    for epoch, value in enumerate(values):
        keep.on_epoch_end(epoch, {"measure": value})
    assert [row["best"] for row in keep.history] == [True, True, False, False, True]
    assert kept == ["best", "all", "best", "all", "all", "all", "best", "all"]


def test_keep_compares_with_the_epochs_before_a_resume(keep, kept):
    keep = keep("val_cer", rises=False)
    keep.history.append({"epoch": 1, "val_cer": 0.5})
    keep.on_epoch_end(1, {"val_cer": 0.5})
    assert ([row["epoch"] for row in keep.history], kept) == ([1, 2], ["all"])


def test_stop_when_stops_after_the_epoch_that_meets_its_condition():
    stop = StopWhen(lambda logs: logs["seconds"] > 5)
    model = attach(stop)
    stop.on_epoch_end(0, {"seconds": 5})
    assert not model.stop_training
    stop.on_epoch_end(1, {"seconds": 6})
    assert model.stop_training
