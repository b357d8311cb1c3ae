"""A search as text: its settings, its trials, its refused points and its best trial."""

from dataclasses import replace

import pytest

from kerasrec.training.settings import TrainSettings
from kerasrec_cli.tune_table import describe_search
from kerasrec_tuning.search_report import SearchReport
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice, Span
from kerasrec_tuning.trials import Refused, Trial

SPACE = {"conv_dim": Choice(32, (16, 32)), "learning_rate": Span(1e-3, 1e-4, 1e-2), "warmup": Choice(0.03, (0.03,))}
DEFAULT = {"conv_dim": 32, "learning_rate": 1e-3, "warmup": 0.03}
SETTINGS = SearchSettings(TrainSettings(model="line_cnn"), SPACE, trials=5, lines=30_000)
BEST = Trial("1", "completed", DEFAULT | {"learning_rate": 0.0031415926}, 0.06, 2.5, 121.4, 30_720, 1e9)
BASE = Trial("0", "completed", DEFAULT, 0.08, 3.0, 99.6, 30_720, 1e9)


def describe(*trials: Trial, refused: tuple[Refused, ...] = (), **settings) -> list[str]:
    return list(describe_search(SearchReport(replace(SETTINGS, **settings), trials, refused)))


def test_settings_and_counts_come_first():
    lines = describe(BEST, BASE, max_ms_per_line=6.0)
    assert " ".join(lines[:2]) == (
        "bayesian search for line_cnn on strokes glyphs and offline text, 30,000 lines per trial, at most 6 ms to read "
        "a line"
    )
    assert lines[2:4] == ["2 of 5 trials: 2 completed", "the same in all trials: conv_dim 32, warmup 0.03"]
    assert "2 minutes per trial" in describe(lines=None, minutes=2.0)[0]


def test_the_table_has_only_what_varies_under_a_head_of_two_rows():
    assert describe(BEST, BASE)[4:9] == [
        "rank  trial             val   ms/                   learning",
        "                        CER  line  seconds   lines      rate",
        "1     1      best     6.00%  2.50      121  30,720  0.003142",
        "2     0      default  8.00%  3.00      100  30,720     0.001",
        "",
    ]


@pytest.mark.parametrize(
    ("trial", "row"),
    [
        (replace(BASE, ms_per_line=9.0), "- 0 default, too slow 8.00% 9.00 100 30,720"),
        (replace(BASE, share=1 / 3), "- 0 default, 33% of the budget 8.00% 3.00 100 30,720"),
        (Trial("2", "failed", DEFAULT, reason="x"), "- 2 default, failed - - - -"),
        (Trial("2", "running", DEFAULT | {"conv_dim": 16}), "- 2 running - - - -"),
        (replace(BASE, share=0.5, status="running", val_cer=None), "- 0 default, running, 50% of the budget - 3.00"),
    ],
)
def test_a_trial_that_cannot_win_has_its_reason(trial, row):
    rows = [" ".join(line.split()) for line in describe(BEST, trial, max_ms_per_line=6.0)]
    assert any(line.startswith(row) for line in rows), rows


def test_workers_are_shown_if_there_are_several():
    assert "worker" not in " ".join(describe(BEST, BASE)[4:6])
    lines = describe(replace(BEST, worker="node1"), replace(BASE, worker="node2"))
    assert lines[4].endswith("worker") and [line.split()[-1] for line in lines[6:8]] == ["node1", "node2"]


def test_refused_points_are_counted_by_reason():
    reasons = [*(f"It has {n},000 parameters, above 90." for n in range(3)), "Too few frames: 3 < 5.", "Other."]
    lines = describe(BASE, refused=tuple(Refused({}, reason) for reason in reasons))
    begin = lines.index("Points refused without a trial:")
    assert lines[begin + 1 : begin + 4] == [
        "  3 x  It has 0,000 parameters, above 90.",
        "  1 x  Too few frames: 3 < 5.",
        "  1 x  Other.",
    ]


def test_rare_reasons_are_counted_together():
    reasons = [f"Reason {letter}." for letter in "abcdefgh"]
    lines = describe(BASE, refused=tuple(Refused({}, reason) for reason in reasons))
    assert "  3 x  for other reasons" in lines and "  1 x  Reason e." in lines and "  1 x  Reason f." not in lines


@pytest.mark.parametrize(
    ("trials", "settings", "verdict"),
    [
        ((), {}, "No trial has started yet."),
        ((Trial("0", "running", DEFAULT),), {}, "No trial is complete yet: 1 running, 0 failed."),
        ((Trial("0", "failed", DEFAULT, reason="x"),), {}, "No trial is complete yet: none running, 1 failed."),
        (
            (BASE,),
            {"max_ms_per_line": 1.0},
            "None of the 1 completed trials can win: 1 read too slowly.",
        ),
        (
            (BASE, replace(BEST, share=0.5)),
            {"max_ms_per_line": 1.0},
            "None of the 2 completed trials can win: 1 read too slowly, 1 had a smaller budget.",
        ),
        ((BASE,), {}, "The best is trial 0: 8.00% val CER. It is the default: no other trial is better yet."),
        (
            (BEST,),
            {},
            "The best is trial 1: 6.00% val CER. The default was not trained with the whole budget, so there is "
            "nothing to compare with.",
        ),
        (
            (BEST, BASE),
            {},
            "The best is trial 1: 6.00% val CER. That is 25.0% less than the default's 8.00% with the same budget. "
            "It reads a line in 2.50 ms, the default in 3.00 ms.",
        ),
        (
            (replace(BEST, val_cer=0.078), BASE),
            {},
            "The best is trial 1: 7.80% val CER. That is 2.5% less than the default's 8.00% with the same budget. "
            "So small a difference may be chance: train both in full to find out. It reads a line in 2.50 ms, the "
            "default in 3.00 ms.",
        ),
        (
            (replace(BEST, val_cer=0.1), replace(BASE, ms_per_line=9.0)),
            {"max_ms_per_line": 6.0},
            "The best is trial 1: 10.00% val CER. That is 25.0% more than the default's 8.00% with the same budget. "
            "It reads a line in 2.50 ms, the default in 9.00 ms.",
        ),
    ],
)
def test_the_text_ends_with_the_best_trial(trials, settings, verdict):
    lines = describe(*trials, **settings)
    assert " ".join(lines[len(lines) - lines[::-1].index("") :]) == verdict
    assert max(map(len, lines)) <= 110
