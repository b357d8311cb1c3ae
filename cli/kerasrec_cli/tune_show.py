"""`kerasrec tune show`: shows the results of a search."""

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
    search: Annotated[
        Path, typer.Argument(metavar="SEARCH", help="The folder of a search, which may still be running.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the pictures.", show_default="SEARCH/pictures"),
    ] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Whether to draw the pictures.")] = True,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard",
            help="Also write the trials for TensorBoard's HParams tab: `tensorboard --logdir SEARCH/tensorboard`.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of text, with one row per trial.")] = False,
) -> None:
    """Shows the trials of a search, ranked, with the hyperparameters that vary, and draws pictures.

    The pictures show the best CER over time (progress.png),
    the CER against each hyperparameter (effects.png),
    the CER against the reading time, with the Pareto front (pareto.png),
    and all hyperparameters together (parallel.png).

    The exit code is 1 if every trial failed.
    """
    if as_json and as_csv:
        raise UsageError("Give --json or --csv, not both.")
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
            print(_training_hint(folder))
    if pictures:
        typer.echo(_draw(folder, report, out), err=as_json or as_csv)
    if tensorboard:
        typer.echo(_write_for_tensorboard(folder, report), err=as_json or as_csv)
    if report.trials and report.counts["failed"] == len(report.trials):
        typer.secho(f"All {len(report.trials)} trials failed, so the search found nothing.", fg="red", err=True)
        raise typer.Exit(1)


def _training_hint(folder: "SearchFolder") -> str:
    model, search = folder.settings().train.model, shlex.quote(str(folder.path))
    return f"Train with it: kerasrec train {model} --hyperparameters {search}"


def _print_csv(report: "SearchReport") -> None:
    """Prints one row per trial, with all hyperparameters last."""
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
    """Draws the pictures and returns where they are; a search in a read-only folder can still be shown."""
    from kerasrec_tuning.search_plots import write_pictures

    try:
        files = write_pictures(out or folder.path / "pictures", report)
    except CannotWrite as error:
        if out is not None:
            raise
        return f"Pictures were not drawn: {error} Or choose another folder with --out."
    if not files:
        return "No pictures yet: no trial is complete."
    return f"Pictures are in {files[0].parent}: {', '.join(file.name for file in files)}."


def _write_for_tensorboard(folder: "SearchFolder", report: "SearchReport") -> str:
    from kerasrec_tuning.hparams import write_hparams

    logs = folder.path / "tensorboard"
    ended = [trial for trial in report.trials if trial.status != "running"]
    for trial in ended:
        write_hparams(logs, trial)
    return (
        f"Wrote {len(ended)} of {len(report.trials)} trials for TensorBoard. "
        f"Show them with: tensorboard --logdir {shlex.quote(str(logs))}"
    )
