from pathlib import Path
from types import SimpleNamespace

import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.resuming import how_it_ended, refuse_fewer_epochs, refuse_other_settings, stop_after
from kerasrec.training.settings import TrainSettings


def test_other_epochs_are_the_same_run():
    refuse_other_settings(Path("a"), TrainSettings(epochs=2), TrainSettings(epochs=3))


def test_what_differs_is_named():
    with pytest.raises(UsageError, match="runs/a holds a run with other settings: seed is 1, not 2. Choose another"):
        refuse_other_settings(Path("runs/a"), TrainSettings(seed=1, epochs=2), TrainSettings(seed=2, epochs=3))


def test_epochs_are_not_lost():
    refuse_fewer_epochs(Path("runs/a"), 2, 2)
    with pytest.raises(UsageError, match="runs/a holds 3 trained epochs, and 2 are asked for. Choose another --out"):
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
def test_it_is_told_why_a_training_ended(seconds, complete, minutes, ended):
    assert how_it_ended([{"seconds": each} for each in seconds], complete, minutes) == ended


@pytest.mark.parametrize(("minutes", "stopped"), [(9.0, True), (10.0, True), (11.0, False), (None, False)])
def test_a_training_ends_after_the_epoch_in_which_its_time_is_over(minutes, stopped):
    limit = stop_after(minutes)
    limit.set_model(SimpleNamespace(stop_training=False))
    limit.on_epoch_end(2, {"seconds": 600.0})
    assert limit.model.stop_training is stopped
