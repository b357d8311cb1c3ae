"""Results made without training."""

from collections.abc import Callable
from typing import Any

import pytest

from kerasrec.labs.reproduction.result import MEASURES, Result, Training
from kerasrec.labs.reproduction.runs import RUNS


@pytest.fixture(scope="session")
def made() -> Callable[..., Training]:
    """Makes the result of a training: `made(share=0.07, epochs=8)`, with the same share for every measure."""

    def make(share: float = 0.07, **changes: Any) -> Training:
        figures = dict.fromkeys((*MEASURES, "character_accuracy"), share)
        known: dict[str, Any] = {
            "settings": {"seed": 42},
            "command": "kerasrec reproduce it",
            "policy": "float32",
            "epochs": 10,
            "ended": "epochs",
            "best_epoch": 9,
            "examples": 99_840,
            "seconds": 960.0,
            "parameters": 1_200_499,
            "glyphs": {"train": 3, "validation": 2, "test": 1},
            "test": figures,
            "validation": dict.fromkeys(figures, share / 2),
            "intervals": {"lab_cer": [share - 0.01, share + 0.01]},
            "machine": "A Fast One, 2 cores, Linux",
            "load": 1.9,
            "versions": {"kerasrec": "0.1.0", "python": "3.12.0"},
            "date": "2026-11-20",
        }
        return Training(**{**known, **changes})

    return make


@pytest.fixture
def results(made: Callable[..., Training]) -> dict[str, Result]:
    """Results of all runs, each with its own share; those of the transformer have fewer epochs."""
    found = {}
    for number, (name, run) in enumerate(RUNS.items()):
        epochs = {"epochs": 8, "ended": "minutes"} if name == "line-cnn-transformer" else {"epochs": run.epochs}
        trainings = {split: made((number + 1 + place / 4) / 100, **epochs) for place, split in enumerate(run.splits)}
        found[name] = Result(name, trainings)
    return found
