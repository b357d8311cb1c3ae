"""One training of a run of single characters, from its plan to what was measured of it."""

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
    how_it_ended,
    refuse_fewer_epochs,
    refuse_other_settings,
    stop_after,
)
from kerasrec.labs.reproduction.runs import CharacterPlan
from kerasrec.models.precision import dtype_policy
from kerasrec.training.machine import describe_surroundings
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
    """Trains a character model and measures its best epoch; begins anew where it was stopped, as it takes minutes.

    Args:
        plan: Of the training.
        folder: The run's.
        data_dir: Where the data lie.
        command: What reproduces it.
        minutes: Ends the training behind the epoch in which they are over; None trains all epochs.
        stream: Where to show the progress.
        done: What is known to have been measured in the folder.

    Raises:
        KeyboardInterrupt: The user stopped it.
        UsageError: The folder holds a run of other settings, or of more epochs.
        KerasrecError: What training raises.
    """
    settings = CharacterSettings(plan.model, {}, plan.glyphs, plan.epochs, seed=plan.seed)
    run = CharacterRun(folder)
    if run.settings_file.exists():
        refuse_other_settings(folder, run.settings(), settings)
    if done and run.metrics_file.exists():  # else another training was begun in its place, and stopped
        if done.settings == settings.to_json() and (done.ended == "epochs" or done.command == command):
            return done
        refuse_fewer_epochs(folder, done.epochs, settings.epochs)
    data = load_characters(settings.glyphs, data_dir, settings.seed)
    if run.settings_file.exists():  # the new training takes the place of this one
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
        ended=how_it_ended(history, len(history) == settings.epochs, minutes),
        best_epoch=max(number for number, row in enumerate(history, 1) if row["best"]),
        examples=len(history) * len(data.train),
        seconds=history[-1]["seconds"],
        parameters=recognizer.model.count_params(),
        glyphs={name: len(getattr(data, name)) for name in ("train", "validation", "test")},
        test=_figures(test),
        validation=_figures(validation),
        intervals={"character_accuracy": list(test.interval)},
        **describe_surroundings(),
    )


def _figures(evaluation: CharacterEvaluation) -> dict[str, float]:
    return {"character_accuracy": evaluation.accuracy, "glyphs": len(evaluation.truth)}
