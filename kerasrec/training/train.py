"""Trains a run and tests its best recognizer, for `kerasrec.train` and `kerasrec train`."""

import shlex
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from kerasrec.alphabet import check_characters
from kerasrec.errors import BadRun, CannotWrite, UsageError
from kerasrec.evaluation import describe, evaluate
from kerasrec.evaluation.report import read_source, write_report
from kerasrec.lines.glyphs import GLYPHS
from kerasrec.lines.text import TEXTS
from kerasrec.models import MODELS
from kerasrec.plots import line_sheet
from kerasrec.spec import LineSpec
from kerasrec.storage import remove_leftovers
from kerasrec.training.architecture import check_settings
from kerasrec.training.completion import complete, describe_alphabet, read_start
from kerasrec.training.console import ShowProgress
from kerasrec.training.devices import Devices
from kerasrec.training.loop import fit
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings, find_source
from kerasrec.training.splits import Splits, check_record, check_sources, load_splits
from kerasrec.training.tensorboard import TensorBoardLog

_EPOCHS = 10  # the default budget
_SPEC = tuple(field.name for field in fields(LineSpec))
_SETTINGS = tuple(field.name for field in fields(TrainSettings))


def make_settings(**values: Any) -> TrainSettings:
    """Makes the settings of a run from fields of `TrainSettings` and `LineSpec`, given by name.

    What is not given follows from the lines and from the recognizer to start from, if there are any; see `complete`.
    Without a budget it is 10 epochs. All lines get the width of the longest if the model or the objective needs that.

    Raises:
        UsageError: A name is unknown or a value is invalid.
    """
    unknown = [name for name in values if name not in _SETTINGS and name not in _SPEC]
    if unknown:
        known = ", ".join(sorted({*_SETTINGS, *_SPEC}))
        raise UsageError(f"There is no setting {unknown[0]!r}. Choose one of {known}.")
    if values.get("characters"):
        check_characters(values["characters"])
    values = complete(values)
    settings = {name: value for name, value in values.items() if name in _SETTINGS}
    spec = {name: value for name, value in values.items() if name in _SPEC}
    if not isinstance(settings.get("hyperparameters", {}), dict):
        raise UsageError(f"hyperparameters must be a dictionary, but are {settings['hyperparameters']!r}.")
    if spec and "spec" in settings:
        raise UsageError(f"Give spec or {', '.join(spec)}, not both.")
    if settings.get("epochs") is not None and settings.get("minutes") is not None:
        raise UsageError(f"Give epochs or minutes, not both ({settings['epochs']} and {settings['minutes']:g}).")
    if settings.get("minutes") is not None:
        settings["epochs"] = None
    elif settings.get("epochs") is None:
        settings["epochs"] = _EPOCHS
    for name, sources in (("glyphs", GLYPHS), ("text", TEXTS)):
        if name in settings:
            settings[name] = find_source(str(settings[name]), sources)
    if "spec" not in settings:
        settings["spec"] = LineSpec(**{**spec, "fixed_width": spec.get("fixed_width") or _needs_fixed_width(settings)})
    if settings.get("lines") and settings["spec"].fixed_width:
        raise UsageError(
            "Lines of your own have different widths, but this model or objective reads lines of one width. Choose "
            "line_resnet, or leave out --fixed-width."
        )
    return TrainSettings(**settings)


def train_and_test(
    run: Run,
    data_dir: Path,
    resume: bool = False,
    test_lines: int | None = None,
    stream: TextIO | None = None,
    tensorboard: bool = False,
    devices: Devices | None = None,
) -> Progress:
    """Trains a run and tests its best recognizer on glyphs and sentences that training never saw.

    Ctrl-C stops the training, keeps its epochs and skips the test; `stopped` of the returned progress is then true.

    Args:
        run: A new run, or one to continue.
        data_dir: The folder of the data sets; missing ones are downloaded into it.
        resume: Whether the run continues from its checkpoint.
        test_lines: The number of test lines; that of the run's settings if not given.
        stream: The stream for the progress and the test results; stdout by default.
        tensorboard: Whether to write a TensorBoard log in the run's folder.
        devices: The devices to train on; the default is one. With several hosts this is the chief's part.

    Raises:
        UsageError: Another process trains the run.
        KerasrecError: Loading the data or `fit` failed. A new run without results is removed.
    """
    with run.locked():
        return _train_and_test(
            run, data_dir, resume, test_lines, stream or sys.stdout, tensorboard, devices or Devices()
        )


def _train_and_test(
    run: Run,
    data_dir: Path,
    resume: bool,
    test_lines: int | None,
    stream: TextIO,
    tensorboard: bool,
    devices: Devices,
) -> Progress:
    remove_leftovers(run.folder)
    try:
        splits = load_splits(run.settings(), data_dir, run)
        check_record(run, splits)
        check_sources(run, splits)
        print(*_describe(splits, resume), sep="\n", file=stream, flush=True)
        devices.team.share({"settings": splits.settings.to_json(), **_identify(splits)})
        progress = _fit(run, splits, resume, stream, tensorboard, devices)
    except BaseException as error:
        if not resume:
            run.discard_if_empty()
        if isinstance(error, CannotWrite) and run.settings_file.exists():
            raise CannotWrite(f"{error} What was trained before is kept. {continue_with(run)}") from error
        raise
    if not progress.stopped:
        print(*_test(run, splits, progress, test_lines or splits.settings.test_lines), sep="\n", file=stream)
    return progress


def take_part(devices: Devices, data_dir: Path) -> Progress:
    """Trains as a worker other than the chief, which decides the settings and alone writes a run.

    Args:
        devices: The devices of all workers.
        data_dir: The folder of the data sets on this host.

    Raises:
        BadRun: The files that the lines are made of differ from the chief's.
        KerasrecError: Loading the data or `fit` failed.
    """
    plan = devices.team.share(None)
    settings = TrainSettings.from_json(plan["settings"])
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        if plan["splits"]:
            run.splits_file.write_text(plan["splits"], encoding="utf-8", errors="surrogateescape")
        splits = load_splits(settings, data_dir, run)
        if {name: plan[name] for name in ("splits", "sources")} != _identify(splits):
            raise BadRun("The texts, glyphs, fonts or lines of this host differ from those of worker 0. Copy them.")
        progress = fit(settings, run, splits, devices=devices)
    if not progress.stopped:
        devices.team.wait()
    return progress


def _identify(splits: Splits) -> dict[str, Any]:
    """Returns what must be the same on all hosts."""
    return {"splits": splits.record(), "sources": splits.fingerprint()}


def train(
    model: str,
    *,
    out: str | Path | None = None,
    data_dir: str | Path,
    resume: bool = False,
    test_lines: int | None = None,
    stream: TextIO | None = None,
    **settings: Any,
) -> Run:
    """Starts or continues a run and trains it; the arguments are those of `kerasrec.train`."""
    folder = Path(out) if out is not None else Path("runs") / model
    if resume and settings:
        raise UsageError(f"A run continues with its own settings: leave out {', '.join(settings)}, or start a new run.")
    if test_lines is not None and test_lines < 1:
        raise UsageError(f"test_lines must be at least 1, but is {test_lines}.")
    if test_lines is not None and not resume:
        settings["test_lines"] = test_lines
    chosen = Run.open(folder).settings() if resume else make_settings(model=model, **settings)
    check_settings(chosen)  # before a download, not after
    run = Run.open(folder) if resume else Run.create(folder, chosen)
    if train_and_test(run, Path(data_dir), resume, test_lines, stream).stopped:
        raise KeyboardInterrupt
    return run


def continue_with(run: Run) -> str:
    """Returns the sentence that explains how to continue a run."""
    return f"Continue with: kerasrec train --out {shlex.quote(str(run.folder))} --resume"


def _needs_fixed_width(settings: dict[str, Any]) -> bool:
    model = settings.get("model", TrainSettings.model)
    return settings.get("objective") == "cross_entropy" or (model in MODELS and MODELS[model].fixed_width)


def _fit(run: Run, splits: Splits, resume: bool, stream: TextIO, tensorboard: bool, devices: Devices) -> Progress:
    """Trains and shows the progress, or a note if the budget was already spent."""
    watchers: list[Any] = []

    def watch(progress: Progress) -> list[Any]:
        if described := devices.describe(progress.policy):
            print(described, file=stream, flush=True)
        watchers.append(ShowProgress(progress, stream))
        if tensorboard:
            watchers.append(TensorBoardLog(progress, run.folder / "tensorboard", line_sheet))
        return watchers

    progress = fit(splits.settings, run, splits, resume, watch, devices)
    if not watchers:
        ended = f"This run ended after epoch {len(progress.history)}. Its best recognizer is tested again."
        print(ended, file=stream)
    return progress


def _describe(splits: Splits, resume: bool) -> list[str]:
    """Describes the lines, and how the alphabet differs from that of the recognizer to start from."""
    start = splits.settings.start_from
    if start is None or resume:
        return splits.describe()
    change = describe_alphabet(read_start(start)["alphabet"], splits.alphabet.characters)
    return [*splits.describe(), f"  starts from {start}; {change}"]


def _test(run: Run, splits: Splits, progress: Progress, lines: int) -> list[str]:
    """Tests the best recognizer, writes the report to the run's folder and returns the results as lines of text."""
    recognizer = run.recognizer(progress.policy)
    readings = read_source(recognizer, splits.test(), lines)
    evaluation = evaluate(readings)
    write_report(run.folder, recognizer, readings, evaluation, progress.history)
    return [
        f"\nThe best recognizer, of epoch {progress.best_epoch}, on {splits.unseen}:\n",
        *describe(evaluation),
        f"\nThe run is in {run.folder}: recognizer.keras, metrics.json, history.csv, pictures and tables.",
    ]
