import itertools
import math
import os
import resource
import shutil
import signal
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadRun, CannotWrite, DivergedTraining, InfeasibleLine, UsageError
from kerasrec.models import MODELS, LineCNN, LineResNet
from kerasrec.spec import LineSpec
from kerasrec.training import callbacks
from kerasrec.training import loop as training
from kerasrec.training import progress as budget
from kerasrec.training.architecture import build_architecture, check_settings
from kerasrec.training.checkpoint import load_state
from kerasrec.training.loop import build_recognizer, fit, training_batches, training_model
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings


class AtStep(keras.callbacks.Callback):
    """Calls a function at the end of one step of a run."""

    def __init__(self, progress, step, act):
        super().__init__()
        self.progress, self.step, self.act = progress, step, act
        self.ended = False

    def on_train_batch_end(self, batch, logs=None):
        if self.progress.step == self.step:
            self.act(self)

    def on_train_end(self, logs=None):
        self.ended = True


def at_step(step, act):
    return lambda progress: [AtStep(progress, step, act)]


def press_ctrl_c(callback):
    raise KeyboardInterrupt


def spoil(layer):
    """Makes the weights of a layer NaN."""

    def act(callback):
        kernel = callback.model.layers[2].get_layer(layer).kernel
        kernel.assign(np.full(kernel.shape, np.nan))

    return act


@pytest.fixture
def begin(tmp_path, small_settings, small_splits):
    """Makes a run of the small settings with some changes; returns it and a function that trains it."""

    def make(**changes):
        settings = small_settings(**changes)
        run = Run.create(tmp_path / "run", settings)
        return run, lambda **options: fit(settings, run, small_splits(settings), **options)

    return make


def arrays(run):
    """Returns all variables of a run's checkpoint and of its best recognizer."""
    with np.load(run.checkpoint_file) as checkpoint:
        kept = [checkpoint[name] for name in checkpoint.files if name != "state"]
    return kept + run.recognizer().model.get_weights()


def assert_same_result(run, other):
    for left, right in zip(arrays(run), arrays(other), strict=True):
        np.testing.assert_array_equal(left, right)


def rows(run):
    """Returns the history without the columns that depend on time."""
    table = [line.split(",") for line in run.history_file.read_text().splitlines()]
    timed = [table[0].index(name) for name in ("seconds", "lines_per_s")]
    return [[value for i, value in enumerate(row) if i not in timed] for row in table]


def test_a_run_has_all_its_files(trained):
    assert rows(trained)[0] == (
        "epoch,step,lines,learning_rate,infeasible,loss,val_loss,val_cer,val_lab_cer".split(",")
    )
    assert [row[:3] for row in rows(trained)[1:]] == [["1", "8", "64"], ["2", "16", "128"]]
    losses = [float(row[5]) for row in rows(trained)[1:]]
    assert 0 < losses[1] < losses[0]
    assert float(rows(trained)[2][7]) < float(rows(trained)[1][7]), "the second epoch is not the better one"
    assert sorted(file.name for file in trained.folder.iterdir()) == [
        *("checkpoint.npz", "history.csv", "recognizer.keras", "settings.json")
    ]


def test_a_stopped_run_continues_to_the_same_result(begin, trained):
    run, go = begin()
    progress = go(watch=at_step(12, press_ctrl_c))
    assert progress.stopped
    assert rows(run) == rows(trained)[:2]

    seen = []
    progress = go(resume=True, watch=lambda progress: seen.append((progress.step, len(progress.history))) or [])
    assert seen == [(8, 1)]
    assert not progress.stopped
    assert (progress.step, len(progress.history)) == (16, 2)
    assert_same_result(run, trained)
    assert rows(run) == rows(trained)


def test_a_run_stopped_in_its_first_epoch_keeps_the_recognizer_and_starts_again(begin, trained):
    def note_and_stop(callback):
        moment.extend(callback.model.get_weights())
        press_ctrl_c(callback)

    run, go = begin()
    moment = []
    assert go(watch=at_step(3, note_and_stop)).stopped
    assert not run.checkpoint_file.exists()
    for kept, weights in zip(run.recognizer().model.get_weights(), moment, strict=True):
        np.testing.assert_array_equal(kept, weights)

    go(resume=True)
    assert_same_result(run, trained)


@pytest.mark.slow
@pytest.mark.parametrize("names", ["early", "late"])
def test_a_run_continues_after_a_power_loss_to_the_same_result(
    begin, disk, tmp_path, tmp_path_factory, small_splits, trained, names
):
    left = []

    def note():
        folder = disk.write_left(names, tmp_path_factory.mktemp("left")) / "run"
        if (folder / "settings.json").exists():  # else there is no run yet
            left.append(folder)

    disk.before_change = note
    run, go = begin()
    go()
    assert {len(list(folder.iterdir())) for folder in left} == {1, 2, 3, 4}
    for folder in left:  # each file is missing or whole, and older ones are not lost
        assert Run(folder).settings() == run.settings()
        for path in folder.glob("*.[nk]*"):
            assert zipfile.ZipFile(path).testzip() is None
    mixed = Run(left[-4])  # the recognizer is that of the second epoch, and the checkpoint that of the first
    assert load_state(mixed.checkpoint_file)["step"] == 8
    fit(mixed.settings(), mixed, small_splits(mixed.settings()), resume=True)
    assert_same_result(mixed, trained)
    assert rows(mixed) == rows(trained)


@pytest.mark.slow
def test_a_killed_run_continues_to_the_same_result(fork, tmp_path, small_settings, small_splits, trained):
    splits = small_splits(small_settings())
    script = """
        import os, signal
        import keras
        from pathlib import Path
        from kerasrec.training.run import Run
        from kerasrec.training.loop import fit

        class Kill(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if progress.step == 12:
                    os.kill(os.getpid(), signal.SIGKILL)

        run = Run.create(Path(folder), splits.settings)
        fit(splits.settings, run, splits, watch=lambda made: globals().update(progress=made) or [Kill()])
    """
    process = fork(script, splits=splits, folder=str(tmp_path / "run"))
    process.join(500)
    assert process.exitcode == -signal.SIGKILL
    run = Run.open(tmp_path / "run")
    assert rows(run) == rows(trained)[:2]
    assert run.recognizer().alphabet.characters == "abcd "
    fit(run.settings(), run, splits, resume=True)
    assert_same_result(run, trained)


def test_training_stops_when_val_cer_no_longer_improves(begin, monkeypatch):
    val_cers = iter([0.5, 0.4, 0.45, 0.4, 0.1])
    scores = lambda *_: ({"val_loss": 1.0, "val_cer": next(val_cers), "val_lab_cer": 0.0}, [])  # noqa: E731
    monkeypatch.setattr(callbacks, "validate", scores)
    run, go = begin(epochs=50, epoch_lines=8, patience=2)
    progress = go()
    assert [row["val_cer"] for row in progress.history] == [0.5, 0.4, 0.45, 0.4]
    assert (progress.best_epoch, progress.best_cer, progress.is_over()) == (2, 0.4, True)
    assert progress.share() == 4 / 50

    after = go(resume=True)
    assert after.step == 4, "what had ended goes on"


def test_a_budget_in_minutes_counts_the_time_before_a_resume(begin, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(budget.time, "perf_counter", lambda: float(next(ticks)))  # each look at the clock: 1 second
    run, go = begin(epochs=None, minutes=2, schedule="constant", warmup=0.5, epoch_lines=24)
    progress = go(watch=at_step(5, press_ctrl_c))
    assert (len(progress.history), progress.share() < 1) == (1, True)
    before = progress.history[0]["seconds"]

    progress = go(resume=True)
    first, second = progress.history[:2]
    assert first["seconds"] == before
    assert second["step"] == 6
    assert second["seconds"] > before
    assert second["learning_rate"] > first["learning_rate"] > 0
    assert progress.elapsed() >= 120
    assert progress.history[-1]["seconds"] < 160


@pytest.mark.parametrize(
    ("step", "layer", "message"),
    [
        (12, "classes", "The loss became nan at step 13, in epoch 2. .* end of epoch 1 are kept. .* than 0.005"),
        (16, "stem", "Weights have become NaN or infinite at step 16, in epoch 2. .* end of epoch 1 are kept. "),
    ],
)
def test_a_diverged_training_stops_and_keeps_the_last_good_weights(begin, trained, step, layer, message):
    run, go = begin()
    watchers = []
    with pytest.raises(DivergedTraining, match=message):
        go(watch=lambda progress: watchers.append(AtStep(progress, step, spoil(layer))) or watchers)
    assert rows(run) == rows(trained)[:2]
    assert all(np.isfinite(weights).all() for weights in arrays(run))
    assert watchers[0].ended, "the error kept it from its watchers that the training is over"


def test_a_full_disk_is_reported_and_keeps_the_previous_files(begin, trained):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    run, go = begin()
    try:
        with pytest.raises(
            CannotWrite, match=r"(recognizer.keras|checkpoint.npz) could not be written: File too large"
        ):
            go(watch=at_step(12, lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(os.listdir(run.folder)) == sorted(os.listdir(trained.folder))
    assert load_state(run.checkpoint_file)["step"] == 8
    assert len(run.recognizer().read_lines([np.zeros((28, 90), np.uint8)])) == 1


def test_a_model_overfits_a_batch(begin):
    run, go = begin(overfit_batches=1, epoch_lines=400, epochs=4, learning_rate=1e-2)
    last = go().history[-1]
    assert last["val_cer"] == 0
    assert last["val_loss"] < 0.1
    assert last["loss"] < 0.5


def line_set(batches, count):
    """The lines of the next batches, in an order of their own."""
    lines = [line for batch in itertools.islice(batches, count) for line in batch["labels"].numpy().tolist()]
    return sorted(lines)


def test_same_lines_repeat_in_each_epoch(small_settings, small_splits):
    settings = small_settings(same_lines=True)
    composer = small_splits(settings).train()
    once = composer.labels(tf.range(64, dtype=tf.int64))[0].numpy().tolist()
    batches = iter(training_batches(settings, composer, margin=48))
    assert line_set(batches, 16) == sorted(once * 2)  # two epochs, since lines of similar width are grouped across both
    assert line_set(batches, 16) == sorted(once * 2)
    fresh = iter(training_batches(small_settings(), composer, margin=48))
    assert line_set(fresh, 16) != sorted(once * 2)


def test_overfit_batches_repeat(small_settings, small_splits):
    settings = small_settings(overfit_batches=2)
    batches = iter(training_batches(settings, small_splits(settings).train(), margin=48))
    assert line_set(batches, 2) == line_set(batches, 2)


def test_batches_continue_from_a_step(small_settings, small_splits):
    settings = small_settings()
    composer = small_splits(settings).train()
    stream = list(itertools.islice(training_batches(settings, composer, margin=48), 20))
    (late,) = itertools.islice(training_batches(settings, composer, margin=48, step=19), 1)
    assert sorted(late) == ["images", "labels", "lengths", "widths"]
    for name, values in late.items():
        np.testing.assert_array_equal(values, stream[19][name])


def model_of(settings, policy="float32"):
    recognizer = build_recognizer(settings, build_architecture(settings), Alphabet(settings.characters), policy)
    return training_model(recognizer, settings)


@pytest.mark.parametrize(("clip_norm", "norm"), [(2.0, 2.0), (0.0, 1000.0), (5000.0, 1000.0)])
def test_gradients_are_clipped_together(small_settings, clip_norm, norm):
    model = model_of(small_settings(clip_norm=clip_norm))
    variables = model.trainable_variables
    size = sum(math.prod(variable.shape) for variable in variables)
    model.optimizer.apply([tf.fill(variable.shape, 1000 / math.sqrt(size)) for variable in variables], variables)
    momenta = [variable.numpy() for variable in model.optimizer.variables if variable.path.endswith("momentum")]
    assert len(momenta) == len(variables)
    # Adam's first momentum is a tenth of the gradient.
    assert 10 * math.sqrt(sum((momentum**2).sum() for momentum in momenta)) == pytest.approx(norm, rel=1e-4)


def test_the_optimizer_is_the_chosen_one(small_settings):
    adam = model_of(small_settings(optimizer="adam", learning_rate=0.5)).optimizer
    assert (type(adam), float(adam.learning_rate), adam.weight_decay) == (keras.optimizers.Adam, 0.5, None)
    adamw = model_of(small_settings(optimizer="adamw", weight_decay=0.25)).optimizer
    assert (type(adamw), adamw.weight_decay) == (keras.optimizers.AdamW, 0.25)


def test_float16_scales_the_loss(small_settings):
    model = model_of(small_settings(precision="float16"), "mixed_float16")
    assert type(model.optimizer) is keras.optimizers.LossScaleOptimizer
    assert model.output.dtype == "float32"


def test_the_seed_determines_the_weights(small_settings):
    one, again, other = (model_of(small_settings(seed=seed)).get_weights() for seed in (1, 1, 2))
    assert all((left == right).all() for left, right in zip(one, again, strict=True))
    assert not all((left == right).all() for left, right in zip(one, other, strict=True))


def test_a_run_keeps_its_precision_over_a_resume(begin, monkeypatch):
    run, go = begin(precision="auto", epochs=1, epoch_lines=8)
    monkeypatch.setattr(training, "dtype_policy", lambda precision, policies: "mixed_bfloat16")
    assert go().policy == "mixed_bfloat16"
    monkeypatch.setattr(training, "dtype_policy", lambda precision, policies: "float32")
    assert go(resume=True).policy == "mixed_bfloat16"


def test_a_damaged_checkpoint_is_rejected(begin, trained):
    run, go = begin()
    shutil.copy(trained.checkpoint_file, run.checkpoint_file)
    run.checkpoint_file.write_bytes(run.checkpoint_file.read_bytes()[:5000])
    with pytest.raises(BadRun, match="checkpoint.npz is not a checkpoint of this run: .* another --out"):
        go(resume=True)


def test_a_line_with_too_few_frames_is_rejected(begin):
    run, go = begin(spec=LineSpec(max_length=6, min_overlap=0.99, max_overlap=0.99))
    with pytest.raises(InfeasibleLine, match=r"Line \d+, '[abcd ]+', needs \d+ frames .* the model has \d+"):
        go()
    assert os.listdir(run.folder) == ["settings.json"]


def test_what_cannot_be_saved_fails_before_the_first_step(begin, monkeypatch):
    def save(self, path):
        raise NotImplementedError("a layer without get_config")

    monkeypatch.setattr(training.Recognizer, "save", save)
    monkeypatch.setattr(training.Pace, "on_train_batch_begin", lambda *_: pytest.fail("a step was trained"))
    run, go = begin()
    with pytest.raises(NotImplementedError, match="a layer without get_config"):
        go()
    assert os.listdir(run.folder) == ["settings.json"]


def test_the_architecture_follows_the_settings(small_settings):
    assert build_architecture(small_settings()) == LineResNet(width=8, context_dim=16, context_blocks=1)
    assert build_architecture(small_settings(model="line_cnn", hyperparameters={"conv_dim": 8})) == LineCNN(conv_dim=8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "line_gru"}, "There is no model 'line_gru'. Choose one of line_cnn_simple, line_cnn, line_cnn_lstm"),
        ({"hyperparameters": {"depth": 3}}, "line_resnet has no hyperparameter 'depth'; it has width, context_dim"),
        ({"hyperparameters": {"margin": 3}}, "line_resnet has no hyperparameter 'margin'"),
        ({"hyperparameters": {"height": 56}}, "height is 28 in the line spec, not 56. Leave it out."),
        ({"hyperparameters": {"width": 0}}, "width must be at least 1, not 0"),
        ({"hyperparameters": {"width": 8.5}}, "width must be a number like 32, not 8.5"),
        (
            {"model": "line_cnn_transformer", "hyperparameters": {"start_end_tokens": 0}},
            "start_end_tokens must be true or false, not 0",
        ),
        ({"hyperparameters": {"dropout": "much"}}, "dropout must be a number like 0.1, not 'much'"),
    ],
)
def test_an_invalid_architecture_is_rejected(small_settings, changes, message):
    with pytest.raises(UsageError, match=message):
        build_architecture(small_settings(**changes))


TINY = {
    "line_cnn_simple": {"conv_dim": 4, "fc_dim": 16},
    "line_cnn": {"conv_dim": 4, "fc_dim": 16},
    "line_cnn_lstm": {"conv_dim": 4, "fc_dim": 16, "lstm_dim": 8},
    "line_cnn_transformer": {"conv_dim": 4, "fc_dim": 16, "dim": 16, "layers": 1, "heads": 2, "feed_forward": 16},
    "line_resnet": {"width": 4, "context_dim": 8, "context_blocks": 1},
}


@pytest.mark.parametrize("objective", [None, "ctc"])
def test_outputs_are_cut_off_for_cross_entropy_alone(objective):
    settings = TrainSettings(model="line_cnn", limit_output_length=True, objective=objective)
    with pytest.raises(UsageError, match=r"--limit-output-length .* line_cnn is trained with ctc\. Leave it out"):
        check_settings(settings)
    check_settings(replace(settings, objective="cross_entropy", spec=LineSpec(fixed_width=True)))


@pytest.mark.parametrize(("name", "objective"), [(name, each) for name in MODELS for each in MODELS[name].objectives])
def test_every_model_is_trained_for_each_of_its_objectives(begin, name, objective):
    run, go = begin(
        model=name,
        hyperparameters=TINY[name],
        objective=objective,
        limit_output_length=True,
        spec=LineSpec(max_length=6, max_overlap=0.0, fixed_width=True),
        overfit_batches=1,
    )
    history = go().history
    assert history[1]["loss"] < history[0]["loss"]
    assert history[1]["val_loss"] < history[0]["val_loss"]
    recognizer = run.recognizer()
    assert recognizer.objective_name == objective
    assert recognizer.read_lines([np.zeros((28, 60), np.uint8)])[0].confidence > 0
