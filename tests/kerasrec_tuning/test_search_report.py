import json
from dataclasses import replace

import pytest

from kerasrec.training.settings import TrainSettings
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.search_report import SearchReport
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice, Span
from kerasrec_tuning.trials import Refused, Trial

SPACE = {
    "width": Choice(32, (16, 32, 64)),
    "learning_rate": Span(1e-3, 1e-4, 1e-2),
    "schedule": Choice("cosine", ("cosine", "one_cycle")),
}
DEFAULT = {"width": 32, "learning_rate": 1e-3, "schedule": "cosine"}
SETTINGS = SearchSettings(TrainSettings(), SPACE, minutes=2.0)


def trial(number: int, val_cer: float | None = None, ms: float | None = None, **changes) -> Trial:
    fields = {name: changes.pop(name) for name in ("share", "status", "reason") if name in changes}
    status = fields.pop("status", "completed")
    return Trial(f"{number:02d}", status, DEFAULT | changes, val_cer, ms, 120.0, 9000, 1e9 + 125 * number, **fields)


@pytest.fixture
def report_of(tmp_path):
    """Writes trials into a search's folder, and returns the report."""

    def write(*trials: Trial, refused: tuple[Refused, ...] = (), **settings) -> SearchReport:
        folder = SearchFolder.create(tmp_path / "search", replace(SETTINGS, **settings), "kerasrec", "a machine")
        for each in trials:
            folder.write_trial(each)
        for point in refused:
            folder.write_refused(point)
        return SearchReport.of(folder)

    return write


def ids(trials) -> list[str]:
    return [each.id for each in trials]


def test_trials_are_ranked_by_their_cer_and_those_without_one_come_last(report_of):
    report = report_of(
        trial(0, 0.08, 3.0),
        trial(1, status="running"),
        trial(2, status="failed", reason="It diverged."),
        trial(3, 0.05, 4.0, width=64),
        trial(4, 0.05, 2.0, width=16),
    )
    assert ids(report.trials) == ["03", "04", "00", "02", "01"]
    assert (report.best.id, report.default.id) == ("03", "00")
    assert report.gain == pytest.approx(0.375)
    assert [report.standing(each) for each in report.trials] == ["ranked", "ranked", "ranked", "failed", "running"]
    assert report.counts == {"completed": 3, "failed": 1, "running": 1}


def test_too_slow_and_early_trials_cannot_win(report_of):
    slow, early = trial(1, 0.02, 9.0, width=64), trial(2, 0.01, 1.0, share=0.5, width=16)
    report = report_of(trial(0, 0.08, 5.0), slow, early, max_ms_per_line=6.0)
    assert [(each.id, report.standing(each)) for each in report.trials] == [
        ("00", "ranked"),
        ("01", "too slow"),
        ("02", "smaller budget"),
    ]
    assert report.best.id == "00" and report.gain == 0


def test_a_default_that_is_too_slow_to_win_is_still_compared(report_of):
    report = report_of(trial(0, 0.04, 9.0), trial(1, 0.05, 3.0, width=16), max_ms_per_line=6.0)
    assert (report.best.id, report.default.id) == ("01", "00")
    assert report.gain == pytest.approx(-0.25)


@pytest.mark.parametrize("default", [{"status": "failed"}, {"status": "running"}, {"val_cer": 0.1, "share": 0.3}])
def test_without_a_default_there_is_no_gain(report_of, default):
    report = report_of(trial(0, **default), trial(1, 0.05, 3.0, width=16))
    assert (report.default, report.gain, report.best.id) == (None, None, "01")


def test_a_search_that_has_just_started_has_no_best(report_of):
    report = report_of()
    assert (report.trials, report.best, report.default, report.gain, report.pareto) == ((), None, None, None, [])
    assert (report.varying, report.fixed) == ([], {})


def test_varying_and_fixed_hyperparameters_are_separated(report_of):
    report = report_of(trial(0, 0.08, 3.0), trial(1, width=64, learning_rate=1e-4, status="running"))
    assert report.varying == ["width", "learning_rate"]
    assert report.fixed == {"schedule": "cosine"}


def test_the_pareto_front_has_the_trials_that_none_beats_in_both(report_of):
    report = report_of(
        trial(0, 0.08, 3.0),
        trial(1, 0.06, 3.0, width=64),  # as fast as 0 and better
        trial(2, 0.07, 4.0, width=16),  # beaten by 1
        trial(3, 0.05, 9.0, width=16),  # too slow to win, but on the front
        trial(4, 0.05, 10.0, width=16),
        trial(5, 0.20, 1.0),
        trial(6, 0.01, 0.5, share=0.5),
        trial(7, 0.01, None),
        max_ms_per_line=5.0,
    )
    assert ids(report.pareto) == ["05", "01", "03"]


def test_json_has_the_whole_report(report_of):
    point = Refused(DEFAULT | {"width": 64}, "Too large.")
    report = report_of(trial(0, 0.08, 3.0), trial(1, 0.06, 2.0, width=16), trial(2, status="failed"), refused=(point,))
    written = json.loads(json.dumps(report.to_json()))
    assert (written["best"], written["default"], written["gain"]) == ("01", "00", pytest.approx(0.25))
    assert written["counts"] == {"completed": 2, "failed": 1, "running": 0}
    assert [(each["id"], each["rank"], each["default"], each["pareto"]) for each in written["trials"]] == [
        ("01", 1, False, True),
        ("00", 2, True, False),
        ("02", None, True, False),
    ]
    assert written["trials"][0]["hyperparameters"] == DEFAULT | {"width": 16}
    assert written["refused"] == [{"hyperparameters": DEFAULT | {"width": 64}, "reason": "Too large."}]
    assert SearchSettings.from_json(written["settings"]) == report.settings
