from types import SimpleNamespace

import pytest

from kerasrec.labs.reproduction.time_limit import TimeLimit, how_it_ended
from kerasrec.training.progress import Progress
from kerasrec.training.settings import TrainSettings


def progress(epochs: int, seconds: float) -> Progress:
    settings = TrainSettings(epochs=4, batch_size=10, epoch_lines=20)
    history = [{"seconds": seconds * (n + 1) / epochs} for n in range(epochs)]
    return Progress(settings, 2 * epochs, history=history, best_epoch=epochs)


@pytest.mark.parametrize(
    ("reached", "minutes", "ended"),
    [
        (progress(0, 0.0), 1e-9, ""),
        (progress(3, 600.0), None, ""),
        (progress(3, 599.0), 10.0, ""),
        (progress(3, 600.0), 10.0, "minutes"),
        (progress(4, 600.0), 10.0, "epochs"),
    ],
)
def test_it_is_told_why_a_training_ended(reached, minutes, ended):
    assert how_it_ended(reached, minutes) == ended


@pytest.mark.parametrize(("minutes", "stopped"), [(9.0, True), (11.0, False), (None, False)])
def test_a_training_ends_behind_the_epoch_in_which_its_time_is_over(minutes, stopped):
    limit = TimeLimit(progress(3, 600.0), minutes)
    limit.set_model(SimpleNamespace(stop_training=False))
    limit.on_epoch_end(2)
    assert limit.model.stop_training is stopped
