import keras
import pytest

from kerasrec.errors import DivergedTraining
from kerasrec.training.loop import fit
from kerasrec.training.run import Run
from kerasrec_tuning.training import ms_per_line, train_trial


class PressCtrlC(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt


def test_a_trial_trains_like_train_with_the_same_settings(tiny_settings, tiny_splits, tmp_path):
    settings = tiny_settings()
    splits = tiny_splits(settings)
    outcome = train_trial(settings, settings.default, 1.0, splits, tmp_path / "running")
    run = Run.create(tmp_path / "run", settings.trial_settings(settings.default))
    progress = fit(run.settings(), run, splits)
    assert outcome.val_cer == progress.best_cer
    assert outcome.lines == progress.history[-1]["lines"] == 64
    assert len(progress.history) == 2
    assert 0 < outcome.ms_per_line < 1000 and outcome.seconds > 0
    assert not (tmp_path / "running").exists()


def test_a_trial_takes_its_share_of_the_lines_and_removes_the_files_of_a_killed_one(
    tiny_settings, tiny_splits, tmp_path
):
    settings = tiny_settings(lines=144)
    Run.create(tmp_path / "running", settings.trial_settings(settings.default))  # of a killed trial
    outcome = train_trial(settings, settings.default, 1 / 9, tiny_splits(settings), tmp_path / "running")
    assert outcome.lines == 16


def test_a_trial_takes_its_minutes(tiny_settings, tiny_splits, tmp_path):
    settings = tiny_settings(lines=None, minutes=0.05)
    outcome = train_trial(settings, settings.default, 1.0, tiny_splits(settings), tmp_path / "running")
    assert outcome.seconds >= 3 and outcome.lines >= 8


def test_ctrl_c_ends_the_search_not_just_the_trial(tiny_settings, tiny_splits, tmp_path):
    settings = tiny_settings()
    with pytest.raises(KeyboardInterrupt):
        train_trial(
            settings,
            settings.default,
            1.0,
            tiny_splits(settings),
            tmp_path / "running",
            lambda progress: [PressCtrlC()],
        )
    assert not (tmp_path / "running").exists()


def test_a_diverged_trial_is_an_error(tiny_settings, tiny_splits, tmp_path):
    settings = tiny_settings()
    point = settings.default | {"learning_rate": 1e30, "clip_norm": 0.0}
    with pytest.raises(DivergedTraining):
        train_trial(settings, point, 1.0, tiny_splits(settings), tmp_path / "running")


def test_reading_time_is_that_of_a_line_in_a_batch(tiny_settings, tiny_splits, monkeypatch):
    from kerasrec_tuning import training

    class Slow:
        """Reads a batch in 1 s, 3 s or 2 s."""

        class architecture:  # noqa: N801
            margin = 0

        def read_lines(self, lines, batch_size):
            sizes.append((len(lines), batch_size))
            clock[0] += durations.pop(0)

    clock, sizes, durations = [0.0], [], [9.0, 3.0, 1.6, 2.0, 3.0, 2.0]
    monkeypatch.setattr(training.time, "perf_counter", lambda: clock[0])
    assert ms_per_line(Slow(), tiny_splits(tiny_settings())) == pytest.approx(1600 / 32)
    assert sizes == [(32, 32)] * 6
