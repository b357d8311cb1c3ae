import json
from dataclasses import replace

import pytest

from kerasrec.errors import CannotWrite, DivergedTraining
from kerasrec.models import MODELS
from kerasrec_tuning import search as search_module
from kerasrec_tuning.chosen import load_chosen
from kerasrec_tuning.errors import NoTrialCompleted
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.ranges import narrow
from kerasrec_tuning.search import search
from kerasrec_tuning.space import SPACES
from kerasrec_tuning.training import Outcome


@pytest.fixture
def begin(tiny_settings, tiny_splits, tmp_path, monkeypatch, recorder):
    """Runs a tiny search and returns its best trial; if an outcome is given, its trials do not train."""

    def run(outcome=None, **changes):
        settings, folder = tiny_settings(**changes), SearchFolder(tmp_path / "search")
        if not folder.settings_file.exists():
            SearchFolder.create(folder.path, settings, "kerasrec tune search", "test")
        if outcome is not None:
            monkeypatch.setattr(search_module, "train_trial", lambda settings, point, *_: outcome(point))
        return search(folder, tiny_splits(settings), recorder, lambda progress: [])

    run.folder = SearchFolder(tmp_path / "search")
    return run


def by_width(point):
    """Returns a lower CER and a longer reading time for a wider model."""
    return Outcome(1 / point["width"], point["width"] / 4, 1.0, 64)


def test_a_search_trains_its_trials_and_returns_the_best(begin, recorder):
    best = begin()
    trials = begin.folder.trials()
    assert [trial.status for trial in trials] == ["completed"] * 2
    assert best == min(trials, key=lambda trial: trial.val_cer)
    assert all(trial.lines == 64 and trial.seconds > 0 and trial.ms_per_line > 0 for trial in trials)
    assert [name for name, _ in recorder.events] == ["began", "ended"] * 2
    assert not begin.folder.scratch_folder.exists()


def test_a_full_disk_does_not_count_against_a_trial(begin):
    def fill(point):
        raise CannotWrite("The disk is full.")

    for _ in range(4):
        with pytest.raises(CannotWrite, match="The disk is full"):
            begin(fill)
    begin(by_width)
    assert [trial.status for trial in begin.folder.trials()] == ["completed"] * 2


TINY = {
    "line_cnn_simple": ["conv_dim=4", "fc_dim=8"],
    "line_cnn": ["conv_dim=4", "fc_dim=8", "window_stride=18"],
    "line_cnn_lstm": ["conv_dim=4", "fc_dim=8", "window_stride=18", "lstm_dim=8", "lstm_layers=1"],
    "line_cnn_transformer": ["conv_dim=4", "fc_dim=8", "dim=16", "layers=1", "heads=2", "feed_forward=8"],
    "line_resnet": ["width=4", "context_dim=8", "context_blocks=1"],
}


@pytest.mark.parametrize("model", SPACES)
def test_every_model_can_be_searched(model, begin, tiny_settings):
    train = tiny_settings().train
    train = replace(train, model=model, spec=replace(train.spec, fixed_width=MODELS[model].fixed_width))
    space = narrow(model, [*TINY[model], "precision=float32"], [])
    best = begin(train=train, space=space, lines=32, trials=1)
    (trial,) = begin.folder.trials()
    assert trial.status == "completed", trial.reason
    assert best == trial and best.ms_per_line > 0


def test_the_best_is_saved_for_train(begin):
    best = begin(by_width, trials=6)
    assert best.hyperparameters["width"] == 12
    written = json.loads(begin.folder.best_file.read_text(encoding="utf-8"))
    assert (written["val_cer"], written["default_val_cer"]) == (pytest.approx(1 / 12, abs=1e-6), 0.125)
    assert load_chosen(str(begin.folder.best_file)).architecture["width"] == 12


def test_ctrl_c_does_not_count_against_the_trial(begin):
    def press_ctrl_c(point):
        raise KeyboardInterrupt

    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            begin(press_ctrl_c, trials=2)
    begin(by_width, trials=2)
    assert [(trial.status, trial.starts) for trial in begin.folder.trials()] == [("completed", 1)] * 2


def test_a_search_continues_after_ctrl_c(begin):
    def press_ctrl_c(point):
        if len(begin.folder.trials()) == 3:
            raise KeyboardInterrupt
        return by_width(point)

    with pytest.raises(KeyboardInterrupt):
        begin(press_ctrl_c, trials=5)
    assert begin.folder.best_file.exists()  # from the finished trials
    before = begin.folder.trials()
    assert [trial.status for trial in before] == ["completed", "completed", "running"]
    begin(by_width, trials=5)
    after = begin.folder.trials()
    assert after[:2] == before[:2]
    assert [trial.status for trial in after] == ["completed"] * 5


def test_a_search_whose_trials_all_fail_fails(begin):
    def diverge(point):
        raise DivergedTraining("The loss became nan at step 3.")

    with pytest.raises(NoTrialCompleted, match="None of 3 trials completed. The last one failed: The loss became nan"):
        begin(diverge, trials=3)
    assert [trial.status for trial in begin.folder.trials()] == ["failed"] * 3
    assert not begin.folder.best_file.exists()


def test_a_search_whose_points_are_all_refused_fails(begin):
    with pytest.raises(NoTrialCompleted, match=r"every point was refused. The first reason: It needs .* parameters"):
        begin(by_width, max_parameters=10)
    assert begin.folder.trials() == []
    assert len(begin.folder.refused()) == 6  # all there are


def test_a_search_whose_trials_all_read_too_slowly_fails(begin):
    with pytest.raises(
        NoTrialCompleted, match="None of 2 trials reads a line within --max-ms-per-line 1.5. Search longer"
    ):
        begin(by_width, max_ms_per_line=1.5)


def test_a_trial_that_reads_too_slowly_does_not_win(begin):
    assert begin(by_width, trials=6, max_ms_per_line=2.5).hyperparameters["width"] == 8


def test_points_that_cannot_work_cost_no_trial(begin, recorder):
    begin(by_width, trials=6, max_parameters=50_000)
    refused, trials = begin.folder.refused(), begin.folder.trials()
    assert {trial.hyperparameters["width"] for trial in trials} == {8}
    assert {each.hyperparameters["width"] for each in refused} == {12}
    assert all("parameters, above --max-parameters 50,000." in each.reason for each in refused)
    assert recorder.named("refused") == refused
