"""Trains a published run on its splits and saves the result."""

from dataclasses import replace
from pathlib import Path
from typing import TextIO

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.character_training import reproduce_characters
from kerasrec.labs.reproduction.line_training import reproduce_lines
from kerasrec.labs.reproduction.request import Request
from kerasrec.labs.reproduction.result import Result, Training
from kerasrec.labs.reproduction.standing import SPLIT_TITLES
from kerasrec.training.settings import TrainSettings


def reproduce(request: Request, folder: Path, data_dir: Path, stream: TextIO) -> Result:
    """Trains a run on each split and measures it; the same request continues a stopped one.

    Args:
        request: The run and how to train it.
        folder: The folder of the results: a run folder for each split, and result.json.
        data_dir: The folder of the data sets.
        stream: The stream for the progress.

    Raises:
        KeyboardInterrupt: The user stopped it; what was trained is kept.
        UsageError: The folder holds another run.
        KerasrecError: Training failed.
    """
    file = folder / "result.json"
    result = Result.load(file) if file.exists() else Result(request.run.name)
    if result.name != request.run.name:
        raise UsageError(f"{folder} holds {result.name}, not {request.run.name}. Choose another --out.")
    for split in request.splits:
        stream.write(f"{request.run.name}: {request.run.about}; {SPLIT_TITLES[split]}\n")
        training = _reproduce(request, split, folder / split, data_dir, stream, result.trainings.get(split))
        result = Result(result.name, {**result.trainings, split: training})
        result.save(file)
    return result


def _reproduce(
    request: Request, split: str, folder: Path, data_dir: Path, stream: TextIO, done: Training | None
) -> Training:
    plan, epochs = request.run.settings, request.epochs or request.run.epochs
    if isinstance(plan, TrainSettings):
        settings = replace(plan, split=split, epochs=epochs, seed=request.seed)
        return reproduce_lines(settings, folder, data_dir, request.command, request.minutes, stream, done)
    plan = replace(plan, epochs=epochs, seed=request.seed)
    return reproduce_characters(plan, folder, data_dir, request.command, request.minutes, stream, done)
