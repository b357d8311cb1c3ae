from pathlib import Path

import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.same_run import refuse_other_settings
from kerasrec.training.settings import TrainSettings


def test_other_epochs_are_the_same_run():
    refuse_other_settings(Path("a"), TrainSettings(epochs=2), TrainSettings(epochs=3))


def test_what_differs_is_named():
    with pytest.raises(UsageError, match="runs/a holds a run with other settings: seed is 1, not 2. Choose another"):
        refuse_other_settings(Path("runs/a"), TrainSettings(seed=1, epochs=2), TrainSettings(seed=2, epochs=3))
