import io
from dataclasses import replace

import pytest

from kerasrec_tuning import progress
from kerasrec_tuning.progress import ShowSearch, ShowTrials
from kerasrec_tuning.trials import Refused, Trial


@pytest.fixture
def show(search_folder, monkeypatch):
    """Shows the small search of `search_folder` with a controlled clock; `lines()` returns the lines written since."""

    class Shown(ShowSearch):
        def lines(self):
            text = self.stream.getvalue()
            self.stream.truncate(0)
            self.stream.seek(0)
            return text.splitlines()

    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    shown = Shown(search_folder.settings(), search_folder.trials(), io.StringIO())
    shown.clock = clock
    return shown


def test_the_default_is_labelled(show, search_folder):
    show.began(search_folder.trials()[0])
    assert show.lines() == ["", "Trial 0: the default"]


def test_a_trial_starts_with_the_varying_hyperparameters(show, search_folder):
    show.began(search_folder.trials()[2])
    assert show.lines()[1] == (
        "Trial 2: width=24 context_dim=256 context_blocks=3 context_kernel=5 dropout=0.1 learning_rate=0.0015 "
        "schedule=one_cycle batch_size=32"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"worker": "w1"}, "Trial 0 on w1: the default"),
        ({"starts": 2}, "Trial 0, again: the default"),
        ({"share": 1 / 9}, "Trial 0, 11% of the budget: the default"),
    ],
)
def test_special_trials_are_labelled(show, search_folder, changes, words):
    show.began(replace(search_folder.trials()[0], **changes))
    assert show.lines()[1] == words


def test_a_trial_ends_with_its_result_and_the_progress_of_the_search(show, search_folder):
    show.clock[0] = 60.0
    show.ended(
        replace(
            search_folder.trials()[5], status="completed", val_cer=0.1, ms_per_line=1.25, seconds=61.2, lines=20_000
        )
    )
    assert show.lines() == [
        "Trial 5: val CER 10.00%, 1.25 ms a line, 20,000 lines in 1:01",
        "6 of 8 trials done, about 2:00 left. Best val CER so far: 10.00% in trial 5.",
    ]


def test_a_trial_that_reads_too_slowly_cannot_win(show, search_folder):
    show.ended(replace(search_folder.trials()[3], id="6", val_cer=0.01))
    ended, so_far = show.lines()
    assert ended.endswith("; above --max-ms-per-line 4, so it cannot win")
    assert so_far.endswith("Best val CER so far: 12.00% in trial 2.")


def test_a_failure_is_shown_with_its_reason(show, search_folder):
    show.ended(replace(search_folder.trials()[4], id="6"))
    assert show.lines()[0] == "Trial 6 failed: The loss became nan."


def test_an_unknown_time_or_best_is_left_out(search_folder):
    assert ShowSearch(search_folder.settings(), [], io.StringIO()).summary() == (
        "0 of 8 trials done. Best val CER so far: none yet."
    )


def test_refused_points_are_shown_and_further_ones_counted(show, search_folder):
    refused = Refused(search_folder.trials()[0].hyperparameters | {"width": 48}, "Too wide.")
    for _ in range(5):
        show.refused(refused)
    shown = show.lines()
    assert len(shown) == 6 and shown[0].startswith("Refused, and not counted: width=48 ") and shown[1] == "  Too wide."
    show.began(search_folder.trials()[0])
    assert show.lines()[0] == "Refused 2 more; see refused.jsonl."
    show.began(search_folder.trials()[0])
    assert show.lines()[0] == ""


def test_a_lost_trial_is_reported(show):
    show.lost(Trial("4", "running", {}, worker="w1"))
    assert show.lines() == ["Trial 4 is lost: its worker w1 is gone. Another one will run it."]


def test_a_worker_shows_only_its_trials(search_folder):
    stream = io.StringIO()
    ShowTrials(search_folder.settings(), stream).ended(search_folder.trials()[0])
    assert stream.getvalue() == "Trial 0: val CER 20.00%, 2.00 ms a line, 20,000 lines in 1:30\n"
