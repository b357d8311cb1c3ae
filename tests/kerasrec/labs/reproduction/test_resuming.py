from pathlib import Path
from types import SimpleNamespace

import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.resuming import end_reason, refuse_fewer_epochs, refuse_other_settings, stop_after
from kerasrec.training.settings import TrainSettings


def test_the_epochs_may_differ():
    refuse_other_settings(Path("a"), TrainSettings(epochs=2), TrainSettings(epochs=3))


def test_other_settings_are_rejected_by_name():
    with pytest.raises(UsageError, match="runs/a holds a run with other settings: seed is 1, not 2. Choose another"):
        refuse_other_settings(Path("runs/a"), TrainSettings(seed=1, epochs=2), TrainSettings(seed=2, epochs=3))


def test_fewer_epochs_are_rejected():
    refuse_fewer_epochs(Path("runs/a"), 2, 2)
    with pytest.raises(
        UsageError, match="runs/a holds 3 trained epochs, more than the 2 requested. Choose another --out"
    ):
        refuse_fewer_epochs(Path("runs/a"), 3, 2)


@pytest.mark.parametrize(
    ("seconds", "complete", "minutes", "ended"),
    [
        ([], False, 1e-9, ""),
        ([300.0, 600.0], False, None, ""),
        ([300.0, 599.0], False, 10.0, ""),
        ([300.0, 600.0], False, 10.0, "minutes"),
        ([300.0, 600.0], True, 10.0, "epochs"),
    ],
)
def test_the_end_of_a_training_has_a_reason(seconds, complete, minutes, ended):
    assert end_reason([{"seconds": each} for each in seconds], complete, minutes) == ended


@pytest.mark.parametrize(("minutes", "stopped"), [(9.0, True), (10.0, True), (11.0, False), (None, False)])
def test_training_stops_after_the_epoch_that_reaches_the_time_limit(minutes, stopped):
    limit = stop_after(minutes)
    limit.set_model(SimpleNamespace(stop_training=False))
    limit.on_epoch_end(2, {"seconds": 600.0})
    assert limit.model.stop_training is stopped
