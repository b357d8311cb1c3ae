import errno
import json
import re
from dataclasses import replace

import pytest

from kerasrec.errors import BadRun, UsageError
from kerasrec_tuning.folder import SearchFolder, may_win
from kerasrec_tuning.trials import Refused, Trial


def test_a_folder_returns_what_was_written(search_folder):
    again = SearchFolder.open(search_folder.path)
    assert again.settings() == search_folder.settings()
    assert again.settings().space["width"].values == (16, 24, 32, 48)
    assert [trial.id for trial in again.trials()] == ["0", "1", "2", "3", "4", "5"]
    assert [trial.status for trial in again.trials()][3:] == ["completed", "failed", "running"]
    assert again.trials()[1].hyperparameters["batch_size"] == 16
    assert again.trials()[4].reason == "The loss became nan."
    assert again.refused() == [
        Refused(again.refused()[0].hyperparameters, "It takes 2,345 Mflops a line, above 2,000.")
    ]
    assert (again.command().split()[:3], again.machine()) == (["kerasrec", "tune", "search"], "4 cores of a test")


def test_the_best_has_the_lowest_cer_within_the_limit(search_folder):
    assert search_folder.best().id == "2"  # 3 has a lower CER, and reads too slowly
    assert search_folder.default().id == "0"


@pytest.mark.parametrize(
    ("changes", "wins"),
    [
        ({}, True),
        ({"ms_per_line": 5.0}, False),
        ({"ms_per_line": None}, False),
        ({"share": 0.5}, False),
        ({"status": "failed"}, False),
        ({"val_cer": None}, False),
    ],
)
def test_which_trials_may_win(changes, wins):
    trial = Trial(
        **{"id": "0", "status": "completed", "hyperparameters": {}, "val_cer": 0.1, "ms_per_line": 4.0, **changes}
    )
    assert may_win(trial, 4.0) == wins


def test_trials_are_in_the_order_of_their_numbers(search_folder):
    for number in ("10", "9"):
        search_folder.write_trial(Trial(number, "running", {}))
    assert [trial.id for trial in search_folder.trials()][-2:] == ["9", "10"]


def test_a_later_state_replaces_an_earlier_one(search_folder):
    search_folder.write_trial(Trial("5", "completed", {}, val_cer=0.3))
    assert [trial.val_cer for trial in search_folder.trials()][-1] == 0.3


def test_half_a_line_of_a_killed_process_is_ignored(search_folder):
    with search_folder.refused_file.open("a", encoding="utf-8") as file:
        file.write('{"hyperparameters": {"wid')
    assert len(search_folder.refused()) == 1


@pytest.mark.parametrize("half", [b'{"hyperparameters": {"wid', b"\xc3"])
def test_a_refused_point_replaces_half_a_line_left_by_a_kill(search_folder, half):
    with search_folder.refused_file.open("ab") as file:
        file.write(half)
    search_folder.write_refused(Refused({"width": 3}, "Too narrow."))
    search_folder.write_refused(Refused({"width": 4}, "Too narrow."))
    assert [each.hyperparameters["width"] for each in search_folder.refused()] == [48, 3, 4]


def test_a_search_is_run_by_one_process(search_folder):
    with search_folder.locked():
        with pytest.raises(UsageError, match="Another process is running the search in .*search. Wait for it to end"):
            with SearchFolder.open(search_folder.path).locked():
                pass
    with search_folder.locked():
        assert search_folder.settings().trials == 8


def test_the_number_of_trials_is_set_by_one_process(search_folder):
    with search_folder.locked():
        with pytest.raises(UsageError, match="Another process is running the search"):
            SearchFolder.open(search_folder.path).set_trials(9)
    search_folder.set_trials(9)
    with search_folder.locked(), pytest.raises(UsageError, match="Another process is running the search"):
        SearchFolder.open(search_folder.path).set_trials(10)
    assert search_folder.settings().trials == 9


def test_a_search_has_no_fewer_trials_than_there_are(search_folder):
    count = len(search_folder.trials())
    with pytest.raises(UsageError, match=f"already has {count} trials: ask for {count} or more, not for 1"):
        search_folder.set_trials(1)


def test_a_drive_without_locks_is_used_without_a_lock(search_folder, monkeypatch):
    def flock(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with search_folder.locked():
        assert search_folder.settings().trials == 8


def test_a_search_that_has_not_started_leaves_no_folder(search_folder, tmp_path):
    new = SearchFolder.create(tmp_path / "new", search_folder.settings(), "", "")
    SearchFolder.open(new.path).discard_if_empty()  # like another process, which did not create it
    assert new.settings_file.exists()
    new.discard_if_empty()
    assert not new.path.exists()
    search_folder.discard_if_empty()
    assert search_folder.settings_file.exists()


def test_a_folder_that_belongs_to_no_search_is_not_replaced(search_folder, tmp_path):
    (tmp_path / "mine" / "running").mkdir(parents=True)
    with pytest.raises(UsageError, match="running exists but belongs to no search"):
        SearchFolder.create(tmp_path / "mine", search_folder.settings(), "", "")


def test_hyperband_cannot_be_continued_with_more_trials(search_folder, tmp_path):
    settings = replace(search_folder.settings(), strategy="hyperband")
    planned = SearchFolder.create(tmp_path / "planned", settings, "", "")
    planned.set_trials(settings.trials)
    with pytest.raises(UsageError, match="Hyperband planned all 8 trials"):
        planned.set_trials(9)
    assert planned.settings() == settings


def test_a_folder_holds_one_search(search_folder):
    with pytest.raises(UsageError, match="already holds a search"):
        SearchFolder.create(search_folder.path, search_folder.settings(), "", "")


@pytest.mark.parametrize("name", ["nothing", "trials"])
def test_another_folder_is_not_a_search(search_folder, name):
    with pytest.raises(BadRun, match=f"{name} .*so it is not a search"):
        SearchFolder.open(search_folder.path / name)


@pytest.mark.parametrize(
    "damaged",
    ["{", "[]", "", '{"id": "1"}', '{"id": "1", "status": "over", "hyperparameters": {}}']
    + [
        json.dumps({"id": "1", "status": "completed", "hyperparameters": {}, "val_cer": cer})
        for cer in ("low", [], True)
    ],
)
def test_a_damaged_trial_is_left_out_with_a_warning(search_folder, caplog, damaged):
    (search_folder.trials_folder / "1.json").write_text(damaged, encoding="utf-8")
    assert [trial.id for trial in search_folder.trials()] == ["0", "2", "3", "4", "5"]
    assert search_folder.best().id == "2"
    (warning,) = caplog.messages
    assert re.match(r".*/trials/1\.json cannot be read \(.+\) and is left out\. Continue .* --resume", warning)


def test_another_format_is_refused(search_folder):
    text = search_folder.settings_file.read_text(encoding="utf-8")
    search_folder.settings_file.write_text(text.replace('"format": 1', '"format": 2'), encoding="utf-8")
    with pytest.raises(BadRun, match="has format 2 of kerasrec"):
        search_folder.settings()
