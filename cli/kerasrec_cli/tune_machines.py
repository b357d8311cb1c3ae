"""Runs a search on this machine, or as the chief or a worker of a search on many machines."""

import shlex
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kerasrec.errors import UsageError

if TYPE_CHECKING:
    from kerasrec.training.splits import Splits
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.settings import SearchSettings
    from kerasrec_tuning.trials import Trial


def run_here(folder: "SearchFolder", data_dir: Path) -> None:
    """Runs a search on this machine."""
    from kerasrec_tuning.progress import ShowSearch
    from kerasrec_tuning.search import search

    settings = folder.settings()
    _describe(settings)
    splits = _load(folder, data_dir)
    show = ShowSearch(settings, folder.trials(), sys.stdout)
    _run_to_end(folder, lambda: search(folder, splits, show, _watch))


def run_chief(folder: "SearchFolder", data_dir: Path, address: str, lost_after: float) -> None:
    """Runs the chief of a search, whose trials its workers run."""
    from kerasrec_tuning.chief import Chief
    from kerasrec_tuning.progress import ShowSearch
    from kerasrec_tuning.search import lead

    settings = folder.settings()
    try:
        chief = Chief(address, lost_after)
    except UsageError:
        folder.discard_if_empty()
        raise
    _describe(settings)
    splits = _load(folder, data_dir)
    show = ShowSearch(settings, folder.trials(), sys.stdout)
    host, _, port = address.rpartition(":")
    reachable = socket.gethostname() if host in ("0.0.0.0", "[::]") else host
    typer.echo(
        f"Waiting for workers. Start one with: kerasrec tune search --worker NAME --chief-address {reachable}:{port}"
    )
    _run_to_end(folder, lambda: lead(folder, splits, show, chief))


def run_worker(name: str, address: str, patience: float, model: str | None, out: Path | None, data_dir: Path) -> None:
    """Runs trials of the search whose chief is at an address.

    Args:
        name: The worker's name.
        address: The chief's HOST:PORT.
        patience: Seconds to wait for the chief.
        model: The model that the search is expected to be for; None for any.
        out: The folder for a trial's files while it runs; None for a temporary folder.
        data_dir: The folder of the data.

    Raises:
        UsageError: The chief searches for another model, or has a worker of that name.
        ChiefUnavailable: No chief answers.
    """
    from kerasrec.training.splits import load_splits
    from kerasrec_tuning.client import ChiefClient
    from kerasrec_tuning.progress import ShowTrials
    from kerasrec_tuning.settings import SearchSettings
    from kerasrec_tuning.worker import work

    typer.echo(f"Worker {name} is waiting for the chief at {address}, for at most {patience:g} s.")
    client = ChiefClient(address, name, patience)
    settings = SearchSettings.from_json(client.hello()["settings"])
    try:
        settings.check_model(model)
        _describe(settings)
        splits = load_splits(settings.train, data_dir)
        with tempfile.TemporaryDirectory(prefix="kerasrec-") as temporary:
            scratch = (out or Path(temporary)) / "running" / name
            work(client, settings, splits, scratch, ShowTrials(settings, sys.stdout), _watch)
    except KeyboardInterrupt:
        typer.echo("Stopped. The chief will give the trial to another worker.")
        raise typer.Exit(130) from None
    finally:
        client.leave()
    typer.echo("The chief has no more trials.")


def _load(folder: "SearchFolder", data_dir: Path) -> "Splits":
    """Loads the lines of a search; if that fails, a new search leaves no folder behind."""
    from kerasrec.training.splits import load_splits

    try:
        return load_splits(folder.settings().train, data_dir)
    except BaseException:
        folder.discard_if_empty()
        raise


def _run_to_end(folder: "SearchFolder", run: Callable[[], "Trial"]) -> None:
    """Runs a search and prints the result, or how to continue if it is stopped."""
    hint = f"Continue with: kerasrec tune search --out {shlex.quote(str(folder.path))} --resume"
    try:
        best = run()
    except KeyboardInterrupt:
        typer.echo(f"\nStopped. {hint}")
        raise typer.Exit(130) from None
    _report(folder, best)


def _report(folder: "SearchFolder", best: "Trial") -> None:
    default, settings = folder.default(), folder.settings()
    trials = len(folder.trials())
    if trials < settings.trials:
        typer.echo(f"\nOnly {trials} of {settings.trials} trials were run: no other point is left, or all are refused.")
    typer.echo(f"\nThe best of {trials} trials is trial {best.id}, with a val CER of {best.val_cer:.2%}.")
    if default is None:
        typer.echo("The default did not complete, so there is nothing to compare with.")
    elif default.id == best.id:
        typer.echo("That is the default: no other trial was better with the same budget.")
    elif default.val_cer and best.val_cer is not None:
        less = 1 - best.val_cer / default.val_cer
        result = f"the best makes {less:.0%} fewer errors" if less >= 0 else "it is better, but reads too slowly to win"
        typer.echo(f"The default has {default.val_cer:.2%} with the same budget: {result}.")
    command = f"kerasrec train {settings.train.model} --hyperparameters {shlex.quote(str(folder.best_file))}"
    typer.echo(f"See all trials: kerasrec tune show {shlex.quote(str(folder.path))}\nTrain with it: {command}")


def _describe(settings: "SearchSettings") -> None:
    budget = f"{settings.minutes:g} minutes" if settings.minutes is not None else f"{settings.lines:,} lines"
    train = settings.train
    lines = ", ".join(train.lines) or f"{train.glyphs} glyphs and {train.text} text"
    typer.echo(f"{settings.strategy} search for {train.model} on {lines}: {settings.trials} trials of {budget} each")


def _watch(progress: Any) -> list[Any]:
    from kerasrec.training.console import ShowProgress

    return [ShowProgress(progress, sys.stdout)]
