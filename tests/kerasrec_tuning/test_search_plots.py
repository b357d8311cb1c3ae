import math

import pytest
from PIL import Image

from kerasrec.errors import CannotWrite
from kerasrec.training.settings import TrainSettings
from kerasrec_tuning import search_plots as pictures
from kerasrec_tuning.search_plots import minutes_of_search, write_pictures
from kerasrec_tuning.search_report import SearchReport
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice, Span
from kerasrec_tuning.trials import Trial

SPACE = {
    "width": Choice(32, (16, 32, 64)),
    "context_dim": Choice(256, tuple(range(128, 257))),
    "learning_rate": Span(1e-3, 1e-4, 1e-2),
    "schedule": Choice("cosine", ("cosine", "one_cycle")),
}
DEFAULT = {"width": 32, "context_dim": 256, "learning_rate": 1e-3, "schedule": "cosine"}
OTHER = {"width": 64, "context_dim": 130, "learning_rate": 2e-3, "schedule": "one_cycle"}


def trial(number: int, val_cer: float | None, ms: float | None = 3.0, end: float | None = None, **changes) -> Trial:
    point = changes.pop("point", DEFAULT)
    status = changes.pop("status", "completed" if val_cer else "failed")
    return Trial(str(number), status, point, val_cer, ms, 60.0, 900, end or 1e9 + 60 * number, **changes)


def report(*trials: Trial, **settings) -> SearchReport:
    return SearchReport(SearchSettings(TrainSettings(), SPACE, minutes=1.0, **settings), trials, ())


def test_all_plots_are_drawn(tmp_path):
    found = report(trial(0, 0.08), trial(1, 0.05, point=OTHER), trial(2, None), trial(3, None, status="running"))
    files = write_pictures(tmp_path / "pictures", found)
    assert [file.name for file in files] == ["progress.png", "pareto.png", "effects.png", "parallel.png"]
    assert sorted(files) == sorted((tmp_path / "pictures").iterdir())
    for file in files:
        with Image.open(file) as picture:
            assert picture.width > 500 and picture.convert("L").getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("trials", "names"),
    [
        ([], []),
        ([trial(0, None), trial(1, None, status="running")], []),
        ([trial(0, 0.08)], ["progress.png", "pareto.png"]),
        ([trial(0, 0.08, ms=None)], ["progress.png"]),
        (
            [trial(0, 0.08, share=0.3), trial(1, 0.09, share=0.3, point=OTHER)],
            ["progress.png", "effects.png", "parallel.png"],
        ),
    ],
)
def test_only_plots_with_data_are_drawn(tmp_path, trials, names):
    assert [file.name for file in write_pictures(tmp_path, report(*trials))] == names
    assert {file.name for file in tmp_path.iterdir()} == set(names)


def test_plots_mark_the_best_and_those_that_could_not_win(tmp_path, monkeypatch):
    drawn = {}
    for name in ("search_progress", "search_pareto", "search_effects", "parallel_coordinates"):
        monkeypatch.setattr(pictures, name, lambda path, *args: drawn.update({path.stem: args}))
    trials = [
        trial(3, 0.03, ms=9.0, point=OTHER),
        trial(1, 0.05, ms=4.0, point=OTHER),
        trial(0, 0.08),
        trial(2, None, ms=None, point=OTHER),
        trial(4, 0.02, share=0.5, point=OTHER),
    ]
    write_pictures(tmp_path, report(*trials, max_ms_per_line=5.0))
    names, minutes, scores = drawn["progress"]
    assert (names, minutes) == (["0", "1", "2", "3", "4"], pytest.approx([1, 2, 3, 4, 5]))
    assert scores.errors == [0.08, 0.05, None, 0.03, 0.02]
    assert (scores.best, scores.default, scores.too_slow, scores.smaller) == (1, 0, {3}, {4})
    _, times, _, front, limit = drawn["pareto"]
    assert (times, sorted(front), limit) == ([3.0, 4.0, None, 9.0, 3.0], [0, 1, 3], 5.0)
    width, context_dim, rate, schedule = drawn["effects"][0]
    assert (width.name, width.values, width.choices) == ("width", [32, 64, 64, 64, 64], (16, 32, 64))
    assert (context_dim.choices, context_dim.log) == ((), False)  # too many to show side by side
    assert (rate.choices, rate.log) == ((), True)
    assert schedule.choices == ("cosine", "one_cycle")
    assert drawn["parallel"] == drawn["effects"]


def test_a_folder_that_cannot_be_written_to_is_reported(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="progress.png could not be written"):
        write_pictures(tmp_path / "file", report(trial(0, 0.08)))


def test_the_time_of_a_search_excludes_its_pauses():
    day = 86_400
    trials = [trial(0, 0.1, end=1000.0), trial(1, 0.1, end=1065.0), trial(2, 0.1, end=day + 1000.0)]
    assert minutes_of_search(trials) == pytest.approx([1, 2, 3])


def test_trials_of_several_workers_overlap():
    trials = [
        trial(0, 0.1, end=1000.0),
        trial(1, 0.1, end=1030.0),
        trial(2, 0.1, end=1030.0),
        trial(3, 0.1, end=1090.0),
    ]
    assert minutes_of_search(trials) == pytest.approx([1, 1.5, 1.5, 2.5])


def test_a_trial_without_an_end_time_gets_nan():
    trials = [trial(0, 0.1, end=1000.0), Trial("1", "failed", DEFAULT)]
    first, second = minutes_of_search(trials)
    assert first == 1 and math.isnan(second)
