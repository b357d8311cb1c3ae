"""`kerasrec train`: trains a recognizer on synthetic lines or on one's own."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kerasrec.errors import ExportFailed, UsageError
from kerasrec.weights import ONNX_FILE, find_onnx_file
from kerasrec_cli import options, quiet, train_options
from kerasrec_cli.train_settings import make_settings, refuse_other_model, refuse_other_options

if TYPE_CHECKING:
    from kerasrec.training.cluster import Cluster
    from kerasrec.training.run import Run
    from kerasrec.training.settings import TrainSettings


EXAMPLES = """Examples:

kerasrec train --minutes 5 --out runs/first

kerasrec train --glyphs emnist --text brown --minutes 30 --out runs/emnist

kerasrec train line_cnn --set conv_dim=64 --epochs 20 --out runs/cnn

kerasrec train line_cnn_lstm --lab --out runs/lab

kerasrec train line_resnet --hyperparameters line_resnet --glyphs emnist --text brown --minutes 30

kerasrec train --lines my-lines --out runs/mine

kerasrec train --lines my-lines --from runs/emnist --out runs/tuned

kerasrec train --out runs/cnn --resume

kerasrec train --devices all --batch-size 256 --out runs/gpus

kerasrec train --workers host1:2222,host2:2222 --worker 0 --out runs/hosts
"""


def train(
    context: typer.Context,
    model: train_options.Model = "line_resnet",
    out: train_options.Out = None,
    resume: train_options.Resume = False,
    set_: train_options.Set = None,
    objective: train_options.Objective = None,
    limit_output_length: train_options.LimitOutputLength = False,
    lab: train_options.Lab = False,
    hyperparameters: train_options.Hyperparameters = None,
    glyphs: options.Glyphs = "strokes",
    text: options.Text = "offline",
    keep_punctuation: options.KeepPunctuation = False,
    characters: options.Characters = None,
    lines: train_options.Lines = None,
    validation: train_options.Validation = "0.1",
    test: train_options.Test = "0.1",
    group_by: train_options.GroupBy = None,
    ink: options.Ink = "auto",
    map_: train_options.Map = None,
    without: train_options.Without = None,
    strict: train_options.Strict = False,
    start_from: train_options.From = None,
    freeze: train_options.Freeze = None,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    height: options.Height = 28,
    max_length: options.MaxLength = 32,
    min_overlap: options.MinOverlap = 0.0,
    max_overlap: options.MaxOverlap = 0.33,
    overlap_per: options.OverlapPer = "line",
    glyph_per: options.GlyphPer = "occurrence",
    fixed_width: options.FixedWidth = False,
    augment: options.Augment = 0.5,
    seed: options.Seed = 42,
    epochs: train_options.Epochs = None,
    minutes: train_options.Minutes = None,
    epoch_lines: train_options.EpochLines = 10_000,
    same_lines: train_options.SameLines = False,
    validation_lines: train_options.ValidationLines = 1000,
    test_lines: train_options.TestLines = 2000,
    patience: train_options.Patience = 10,
    batch_size: train_options.BatchSize = 32,
    optimizer: train_options.Optimizer = "adamw",
    learning_rate: train_options.LearningRate = 1e-3,
    weight_decay: train_options.WeightDecay = 0.01,
    schedule: train_options.Schedule = "cosine",
    warmup: train_options.Warmup = 0.03,
    clip_norm: train_options.ClipNorm = 1.0,
    precision: train_options.Precision = "auto",
    overfit_batches: train_options.OverfitBatches = 0,
    find_learning_rate: train_options.FindLearningRate = False,
    tensorboard: train_options.Tensorboard = False,
    devices: train_options.Devices = None,
    workers: train_options.Workers = None,
    worker: train_options.Worker = None,
) -> None:
    """Trains a recognizer on synthetic lines or on your own, and tests it on lines that it never saw.

    By default it needs no download: it draws 10 epochs of 10,000 lines from built-in glyphs and sentences.

    Ctrl-C stops and keeps the work; --resume continues from there.

    The run's folder holds the best recognizer, for `kerasrec read` and `kerasrec evaluate`,
    and in the end the metrics and pictures of the test.
    """
    values = dict(locals())  # by option name; most settings have the same name
    if resume:
        refuse_other_options(context)
    cluster = _find_cluster(workers, worker)
    if find_learning_rate and (cluster or devices):
        raise UsageError("--find-learning-rate runs on one device. Leave out --devices, --workers and TF_CONFIG.")
    quiet.start_tensorflow()
    from kerasrec.training.architecture import check_settings
    from kerasrec.training.devices import open_devices
    from kerasrec.training.run import Run
    from kerasrec.training.train import continue_with, train_and_test

    is_chief = cluster is None or cluster.worker == 0
    if resume and not is_chief:
        return _take_part(cluster, devices, None, data_dir)  # the chief has the run
    if resume:
        folder = out or Path("runs") / model
        run = Run.open(folder)
        settings = run.settings()
        refuse_other_model(context, settings)
    else:
        settings = make_settings(context, values)
        folder = out or Path("runs") / settings.model
    check_settings(settings)  # before a download, not after
    if find_learning_rate:
        return _find_learning_rate(settings, data_dir, folder)
    if not is_chief:
        return _take_part(cluster, devices, settings, data_dir)
    with open_devices(devices, cluster, settings.to_json()) as opened:
        if not resume:
            run = Run.create(folder, settings)
        tested = test_lines if options.is_given(context, "test_lines") else None
        if train_and_test(run, data_dir, resume, tested, tensorboard=tensorboard, devices=opened).stopped:
            typer.echo(f"Stopped. {continue_with(run)}")
            raise typer.Exit(130)
        _write_onnx(run)


def _find_cluster(workers: str | None, worker: int | None) -> "Cluster | None":
    from kerasrec.training.cluster import find_cluster

    return find_cluster(workers, worker, os.environ.get("TF_CONFIG"))


def _take_part(
    cluster: "Cluster | None", devices: str | None, settings: "TrainSettings | None", data_dir: Path
) -> None:
    """Trains as a worker other than the chief."""
    from kerasrec.training.devices import open_devices
    from kerasrec.training.train import take_part

    with open_devices(devices, cluster, settings.to_json() if settings else None) as opened:
        typer.echo("Training with worker 0, which shows the progress and writes the run.")
        if take_part(opened, data_dir).stopped:
            typer.echo("Stopped.")
            raise typer.Exit(130)
    typer.echo("Worker 0 has ended.")


def _write_onnx(run: "Run") -> None:
    """Writes the ONNX file with which `kerasrec read` starts at once, unless it is there or nothing was trained."""
    if run.recognizer_file.exists() and find_onnx_file(run.folder) is None:
        try:
            run.recognizer().export_onnx(run.folder / ONNX_FILE)
        except ExportFailed as error:
            typer.echo(f"The run has no ONNX file. {error}")


def _find_learning_rate(settings: "TrainSettings", data_dir: Path, folder: Path) -> None:
    from kerasrec.plots import rate_curve
    from kerasrec.training.lr_finder import find_learning_rate
    from kerasrec.training.splits import load_splits

    splits = load_splits(settings, data_dir)
    typer.echo("\n".join(splits.describe()))
    found = find_learning_rate(settings, splits)
    typer.echo(str(found))
    plot = folder / "learning_rates.png"
    rate_curve(plot, found.rates, found.losses, found.suggestion)
    typer.echo(f"The losses are plotted in {plot}.")
