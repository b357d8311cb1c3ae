"""Trains a published line run and measures its best epoch."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from kerasrec.evaluation import Evaluation, Readings, evaluate, read_batches
from kerasrec.evaluation.report import read_source, write_report
from kerasrec.labs.reproduction.result import MEASURES, Training
from kerasrec.labs.reproduction.resuming import (
    end_reason,
    refuse_fewer_epochs,
    refuse_other_settings,
    stop_after,
)
from kerasrec.lines.batches import evaluation_batches
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.console import ShowProgress
from kerasrec.training.loop import fit
from kerasrec.training.machine import describe_environment
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings

TEST_LINES = 2000
"""The number of lines that the labs test on."""


def reproduce_lines(
    settings: TrainSettings,
    folder: Path,
    data_dir: Path,
    command: str,
    minutes: float | None,
    stream: TextIO,
    done: Training | None = None,
) -> Training:
    """Trains a line model and measures its best epoch; continues the run in the folder if there is one.

    Args:
        settings: The settings of the training, with a budget in epochs.
        folder: The folder of the run.
        data_dir: The folder of the data sets.
        command: The command that reproduces the run.
        minutes: The time limit: training stops after the epoch in which it is reached; None trains all epochs.
        stream: The stream for the progress.
        done: The saved result of the run in the folder, if any.

    Raises:
        KeyboardInterrupt: The user stopped it; the trained epochs are kept.
        UsageError: The folder holds a run with other settings or with more epochs.
        KerasrecError: Training failed.
    """
    run = open_or_create(folder, settings)
    with run.locked():
        progress = _load_progress(run, settings)
        ended = end_reason(progress.history, progress.is_over(), minutes)
        if ended and done and done.epochs == len(progress.history) and done.settings == _as_json(settings):
            return done
        try:
            splits = ComposedSplits.load(settings, data_dir)
            if not ended:
                progress = fit(
                    settings, run, splits, True, lambda progress: [ShowProgress(progress, stream), stop_after(minutes)]
                )
        except BaseException:
            run.discard_if_empty()
            raise
        if progress.stopped:
            raise KeyboardInterrupt
        return _measure(run, splits, progress, command, minutes)


def open_or_create(folder: Path, settings: TrainSettings) -> Run:
    """Opens the run in a folder, to continue to the settings' epochs, or creates it.

    Raises:
        UsageError: The folder holds a run with other settings or with more epochs.
    """
    if not Run(folder).settings_file.exists():
        return Run.create(folder, settings)
    run = Run.open(folder)
    refuse_other_settings(folder, run.settings(), settings)
    refuse_fewer_epochs(folder, len(_load_progress(run, settings).history), settings.epochs or 0)
    if run.settings() != settings:
        run.write_settings(settings.to_json())
    return run


def _load_progress(run: Run, settings: TrainSettings) -> Progress:
    progress = Progress(settings)
    if run.checkpoint_file.exists():
        progress.load(run.checkpoint_file)
    return progress


def _measure(run: Run, splits: ComposedSplits, progress: Progress, command: str, minutes: float | None) -> Training:
    recognizer = run.recognizer(progress.policy)
    readings = read_source(recognizer, splits.test(), TEST_LINES)
    evaluation = evaluate(readings)
    write_report(run.folder, recognizer, readings, evaluation, progress.history)
    last = progress.history[-1]
    return Training(
        settings=_as_json(progress.settings),
        command=command,
        policy=progress.policy,
        epochs=len(progress.history),
        ended=end_reason(progress.history, progress.is_over(), minutes),
        best_epoch=progress.best_epoch,
        examples=round(last["lines"]),
        seconds=last["seconds"],
        parameters=recognizer.model.count_params(),
        glyphs=splits.glyph_counts(),
        test=_figures(evaluation),
        validation=_figures(evaluate(_read_validation(recognizer, splits))),
        intervals={name: list(bounds) for name, bounds in evaluation.intervals.items()},
        **describe_environment(),
    )


def _read_validation(recognizer: Recognizer, splits: ComposedSplits) -> Readings:
    lines, margin = splits.settings.validation_lines, recognizer.architecture.margin
    return read_batches(recognizer, evaluation_batches(splits.validation(), lines, 128, margin))


def _figures(evaluation: Evaluation) -> dict[str, float]:
    measures = evaluation.to_json(confusions=0)
    return {name: measures[name] for name in (*MEASURES, "lines", "characters")}


def _as_json(settings: TrainSettings) -> Any:
    """Returns the settings as they are after being saved as JSON and loaded."""
    return json.loads(json.dumps(asdict(settings)))
