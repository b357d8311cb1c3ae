"""A small search folder, as a search leaves it behind."""

from pathlib import Path

import pytest

from kerasrec.settings import TrainSettings
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import SPACES
from kerasrec_tuning.trials import Refused, Trial

START = 1_700_000_000.0


def point(**changes) -> dict:
    """The default point of line_resnet with some values changed."""
    return {name: each.default for name, each in SPACES["line_resnet"].items()} | changes


@pytest.fixture
def search_folder(tmp_path: Path) -> SearchFolder:
    """Six trials: the default, a better one, the best, one too slow to win, one that failed, one that runs."""
    settings = SearchSettings(
        TrainSettings(), SPACES["line_resnet"], trials=8, lines=20_000, max_ms_per_line=4.0, max_mflops=2000.0
    )
    command = "kerasrec tune search line_resnet --trials 8 --lines-per-trial 20000 --out search"
    folder = SearchFolder.create(tmp_path / "search", settings, command, "4 cores of a test")
    for number, (changes, val_cer, ms) in enumerate(
        [
            ({}, 0.20, 2.0),
            ({"learning_rate": 2e-3, "batch_size": 16}, 0.15, 2.1),
            ({"learning_rate": 1.5e-3, "width": 24, "schedule": "one_cycle"}, 0.12, 1.5),
            ({"width": 48, "context_blocks": 5}, 0.10, 6.5),
        ]
    ):
        end = START + 100.0 * (number + 1)
        folder.write_trial(
            Trial(str(number), "completed", point(**changes), val_cer, ms, 90.0 + number, 20_000, end, None, None)
        )
    folder.write_trial(
        Trial("4", "failed", point(learning_rate=5e-3), finished=START + 420.0, reason="The loss became nan.")
    )
    folder.write_trial(Trial("5", "running", point(dropout=0.3)))
    folder.write_refused(Refused(point(width=48, context_dim=384), "It takes 2,345 Mflops a line, above 2,000."))
    return folder
