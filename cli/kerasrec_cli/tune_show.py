"""`kerasrec tune show`: what a search found."""

import csv
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasrec.errors import CannotWrite, UsageError
from kerasrec_cli.tune_table import describe_search

if TYPE_CHECKING:
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.search_report import SearchReport

EXAMPLES = """Examples:

kerasrec tune show tuning/runs/lstm

kerasrec tune show tuning/runs/lstm --no-pictures --csv > trials.csv

kerasrec tune show tuning/runs/lstm --tensorboard; tensorboard --logdir tuning/runs/lstm/tensorboard
"""


def show(
    search: Annotated[Path, typer.Argument(metavar="SEARCH", help="The folder of a search, which may still run.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to write the pictures.", show_default="SEARCH/pictures"),
    ] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Whether to draw pictures.")] = True,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard",
            help="Write the trials for TensorBoard's HParams tab, too: `tensorboard --logdir SEARCH/tensorboard`.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a row for each trial as CSV, for programs.")] = False,
) -> None:
    """Shows a search: its trials ranked, the default among them, the hyperparameters that vary, and pictures.

    The pictures are the best CER over time (progress.png), the CER against each hyperparameter (effects.png) and
    against the reading time, with the Pareto front (pareto.png), and all of it at once (parallel.png).

    The exit code is 1 if every trial failed.
    """
    if as_json and as_csv:
        raise UsageError("Give --json or --csv, not both of them.")
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.search_report import SearchReport

    folder = SearchFolder.open(search)
    report = SearchReport.of(folder)
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    elif as_csv:
        _print_csv(report)
    else:
        print(*describe_search(report), sep="\n")
        if report.best is not None:
            print(_how_to_use_the_best(folder))
    if pictures:
        typer.echo(_draw(folder, report, out), err=as_json or as_csv)
    if tensorboard:
        typer.echo(_log(folder, report), err=as_json or as_csv)
    if report.trials and report.counts["failed"] == len(report.trials):
        typer.secho(f"All {len(report.trials)} trials failed, so the search found nothing.", fg="red", err=True)
        raise typer.Exit(1)


def _how_to_use_the_best(folder: "SearchFolder") -> str:
    model, search = folder.settings().train.model, shlex.quote(str(folder.path))
    return f"Train with it: kerasrec train {model} --hyperparameters {search}"


def _print_csv(report: "SearchReport") -> None:
    """Prints a row for each trial, the hyperparameters last, all of them."""
    rows = [
        {**{name: value for name, value in trial.items() if name != "hyperparameters"}, **trial["hyperparameters"]}
        for trial in report.to_json()["trials"]
    ]
    writer = csv.DictWriter(sys.stdout, [*_columns(report)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _columns(report: "SearchReport") -> Iterator[str]:
    from dataclasses import fields

    from kerasrec_tuning.trials import Trial

    yield from ("rank", "standing", "default", "pareto")
    yield from (field.name for field in fields(Trial) if field.name != "hyperparameters")
    yield from report.settings.space


def _draw(folder: "SearchFolder", report: "SearchReport", out: Path | None) -> str:
    """Draws the pictures, and tells where they are; a search that cannot be written to can still be shown."""
    from kerasrec_tuning.search_plots import write_pictures

    try:
        files = write_pictures(out or folder.path / "pictures", report)
    except CannotWrite as error:
        if out is not None:
            raise
        return f"Pictures are left out: {error} --out takes one."
    if not files:
        return "Nothing is drawn while no trial is complete."
    return f"Pictures are in {files[0].parent}: {', '.join(file.name for file in files)}."


def _log(folder: "SearchFolder", report: "SearchReport") -> str:
    from kerasrec_tuning.hparams import write_hparams

    logs = folder.path / "tensorboard"
    ended = [trial for trial in report.trials if trial.status != "running"]
    for trial in ended:
        write_hparams(logs, trial)
    there = f"{len(ended)} of {len(report.trials)} trials {'is' if len(ended) == 1 else 'are'} there"
    return f"{there} for: tensorboard --logdir {shlex.quote(str(logs))}"
