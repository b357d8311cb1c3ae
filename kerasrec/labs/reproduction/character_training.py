"""Trains a published character run and measures its best epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from kerasrec.labs.characters.console import ShowEpochs
from kerasrec.labs.characters.data import CharacterData, load_characters
from kerasrec.labs.characters.evaluation import CharacterEvaluation, evaluate, write_report
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.labs.characters.training import train
from kerasrec.labs.reproduction.result import Training
from kerasrec.labs.reproduction.resuming import (
    end_reason,
    refuse_fewer_epochs,
    refuse_other_settings,
    stop_after,
)
from kerasrec.labs.reproduction.runs import CharacterPlan
from kerasrec.models.precision import dtype_policy
from kerasrec.training.machine import describe_environment
from kerasrec.training.settings import PRECISIONS


def reproduce_characters(
    plan: CharacterPlan,
    folder: Path,
    data_dir: Path,
    command: str,
    minutes: float | None,
    stream: TextIO,
    done: Training | None = None,
) -> Training:
    """Trains a character model and measures its best epoch; a stopped run starts again, since it takes only minutes.

    Args:
        plan: The plan of the training.
        folder: The folder of the run.
        data_dir: The folder of the data sets.
        command: The command that reproduces the run.
        minutes: The time limit: training stops after the epoch in which it is reached; None trains all epochs.
        stream: The stream for the progress.
        done: The saved result of the run in the folder, if any.

    Raises:
        KeyboardInterrupt: The user stopped it.
        UsageError: The folder holds a run with other settings or with more epochs.
        KerasrecError: Training failed.
    """
    settings = CharacterSettings(plan.model, {}, plan.glyphs, plan.epochs, seed=plan.seed)
    run = CharacterRun(folder)
    if run.settings_file.exists():
        refuse_other_settings(folder, run.settings(), settings)
    if done and run.metrics_file.exists():  # otherwise a later training replaced it and was stopped
        if done.settings == settings.to_json() and (done.ended == "epochs" or done.command == command):
            return done
        refuse_fewer_epochs(folder, done.epochs, settings.epochs)
    data = load_characters(settings.glyphs, data_dir, settings.seed)
    if run.settings_file.exists():  # the new training replaces it
        run.metrics_file.unlink(missing_ok=True)
        run.settings_file.unlink()
    run = CharacterRun.create(folder, settings)
    try:
        history = train(settings, run, data, [ShowEpochs(stream), stop_after(minutes)])
    except BaseException:
        run.discard_if_empty()
        raise
    return _measure(run, settings, data, history, command, minutes)


def _measure(
    run: CharacterRun,
    settings: CharacterSettings,
    data: CharacterData,
    history: Sequence[dict[str, float]],
    command: str,
    minutes: float | None,
) -> Training:
    policy = dtype_policy(settings.precision, PRECISIONS)
    recognizer = run.recognizer(policy)
    test, validation = (evaluate(recognizer, pictures, data.classes) for pictures in (data.test, data.validation))
    write_report(run.folder, data.test.images, test)
    return Training(
        settings=settings.to_json(),
        command=command,
        policy=policy,
        epochs=len(history),
        ended=end_reason(history, len(history) == settings.epochs, minutes),
        best_epoch=max(number for number, row in enumerate(history, 1) if row["best"]),
        examples=len(history) * len(data.train),
        seconds=history[-1]["seconds"],
        parameters=recognizer.model.count_params(),
        glyphs={name: len(getattr(data, name)) for name in ("train", "validation", "test")},
        test=_figures(test),
        validation=_figures(validation),
        intervals={"character_accuracy": list(test.interval)},
        **describe_environment(),
    )


def _figures(evaluation: CharacterEvaluation) -> dict[str, float]:
    return {"character_accuracy": evaluation.accuracy, "glyphs": len(evaluation.truth)}
