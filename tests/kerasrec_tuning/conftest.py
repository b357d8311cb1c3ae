"""Search folders, settings and lines for tests of searches."""

import math
import socket
from pathlib import Path

import pytest

from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings
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
    """A search with six trials: the default, a better one, the best, a too slow one, a failed one, a running one."""
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


@pytest.fixture
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


class Recorder:
    """A listener that records the events of a search."""

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def __getattr__(self, name: str):
        return lambda value: self.events.append((name, value))

    def named(self, name: str) -> list:
        return [value for event, value in self.events if event == name]


@pytest.fixture
def recorder() -> Recorder:
    """A listener that records the events of a search: `recorder.named("ended")`."""
    return Recorder()


class ToySearch:
    """A search whose trials take no time: their CER is computed from their hyperparameters.

    Each instance acts like a new process: it shares nothing but the folder with the one before.
    """

    def __init__(self, path: Path, settings: SearchSettings, refuse=lambda point: None, outcome=None) -> None:
        from kerasrec_tuning.strategies import make_oracle
        from kerasrec_tuning.surroundings import Surroundings
        from kerasrec_tuning.training import Outcome
        from kerasrec_tuning.tuner import TrialTuner

        exists = (path / "search.json").exists()
        self.folder = SearchFolder.open(path) if exists else SearchFolder.create(path, settings, "kerasrec", "toy")
        self.listener, self.ran = Recorder(), []
        self.oracle = make_oracle(Surroundings(settings, self.folder, refuse, self.listener))

        def run(trial_id, hyperparameters, share):
            self.ran.append((trial_id, hyperparameters, share))
            if outcome is not None:
                outcome(trial_id, hyperparameters)
            return Outcome(toy_cer(hyperparameters) + 0.1 * (1 - share), hyperparameters["width"] / 10, 1.5, 640)

        self.tuner = TrialTuner(self.oracle, self.folder.tuner_folder, settings.space, run)

    def run(self) -> "ToySearch":
        self.tuner.search()
        return self


def toy_cer(hyperparameters: dict) -> float:
    """Returns a CER that is lowest for a rate of 3e-3 and a width of 48."""
    rate = hyperparameters["learning_rate"]
    return 0.05 + 0.1 * abs(math.log10(rate / 3e-3)) + 0.001 * (48 - hyperparameters["width"])


@pytest.fixture
def toy_search(tmp_path: Path):
    """Makes a toy search of line_resnet, always in the same folder: `toy_search(trials=4).run()`."""

    def make(refuse=lambda point: None, outcome=None, space=None, **changes) -> ToySearch:
        settings = SearchSettings(
            TrainSettings(),
            space or SPACES["line_resnet"],
            **{"trials": 4, "lines": 640, "strategy": "random", **changes},
        )
        return ToySearch(tmp_path / "toy", settings, refuse, outcome)

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets KerasTuner 1.4 call `threading.currentThread`, which Python names differently today."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated"))


@pytest.fixture(scope="session")
def tiny_space() -> dict:
    """A space of models that train in seconds: two widths and three rates."""
    from kerasrec_tuning.ranges import narrow

    fixed = ["context_dim=16", "context_blocks=1", "batch_size=8", "schedule=cosine", "precision=float32", "dropout=0"]
    return narrow("line_resnet", [*fixed, "context_kernel=5"], ["width=8,12", "lr=5e-3,1e-3,1e-2"])


@pytest.fixture(scope="session")
def tiny_settings(tiny_space: dict):
    """Makes settings of a search whose trials take seconds: `tiny_settings(trials=2)`."""
    train = TrainSettings(
        characters="ab ", spec=LineSpec(max_length=6), augment=0.0, epoch_lines=32, validation_lines=16, seed=3
    )

    def make(**changes) -> SearchSettings:
        settings = {"train": train, "space": tiny_space, "strategy": "random", "trials": 2, "lines": 64}
        return SearchSettings(**(settings | {"weights_seed": 5} | changes))

    return make


@pytest.fixture(scope="session")
def tiny_splits():
    """Makes the lines of a search: one or two words with bars as glyphs."""
    import numpy as np

    from kerasrec.alphabet import Alphabet
    from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
    from kerasrec.lines.text.corpus import Corpus
    from kerasrec.training.composed_splits import ComposedSplits

    def pool(seed: int) -> GlyphPool:
        images = np.zeros((8, 28, 28), np.uint8)
        images[::2, 4:24, 10:14] = 150 + seed
        images[1::2, 4:10, 6:22] = 200 + seed
        return GlyphPool.from_labelled(images, "ab" * 4)

    bank = GlyphBank("bars", pool(0), pool(1), pool(2))
    corpus = Corpus("words", ("ab ab", "ba b", "aab"), ("ba ab", "bab"), ("abab", "b a"))
    return lambda settings: ComposedSplits(bank, corpus, Alphabet("ab "), settings.train)
