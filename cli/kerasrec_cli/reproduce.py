"""`kerasrec reproduce`: trains the published runs of the labs again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet
from kerasrec_cli.table import format_table

if TYPE_CHECKING:
    from kerasrec.labs.reproduction.request import Request

EXAMPLES = """Examples:

kerasrec reproduce

kerasrec reproduce line-cnn-ctc-variable

kerasrec reproduce line-cnn-transformer --minutes 60 --split disjoint

kerasrec reproduce --table docs/reproduction.md
"""


def reproduce(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The run to train.", show_default="lists the runs")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the results.", show_default="runs/reproduce/NAME"),
    ] = None,
    split: Annotated[
        Literal["lab", "disjoint", "both"],
        typer.Option(
            help="lab: the labs' lines, whose validation split shares glyphs and text with training. disjoint: "
            "splits with disjoint glyphs and sentences. both: one after the other."
        ),
    ] = "both",
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", help="Train fewer epochs than the published run.", show_default="as published"),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            help="Stop each training after the epoch in which it reaches M minutes.",
            show_default="no limit",
        ),
    ] = None,
    seed: options.Seed = 42,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the page about all measured runs, with its picture."),
    ] = None,
) -> None:
    """Trains a run published by the Full Stack Deep Learning 2021 labs, and compares the results.

    Without a name it lists the runs: what was published, and what was measured with this version.

    A run is trained with the labs' settings: on the labs' data, then on disjoint glyphs and sentences.

    After Ctrl-C, the same command continues a run on lines.
    A run on single characters, which takes minutes, starts again.
    """
    if name is None:
        return _show(context, table)
    if table is not None:
        raise UsageError(f"--table covers all runs: leave out {name}, or leave out --table.")
    from kerasrec.labs.reproduction.request import Request
    from kerasrec.labs.reproduction.runs import RUNS

    if name not in RUNS:
        raise UsageError(f"There is no run {name!r}. Choose one of {', '.join(RUNS)}.")
    run = RUNS[name]
    request = Request(run, run.splits if split == "both" else (split,), epochs, minutes, seed)
    _train(request, out or Path("runs", "reproduce", name), data_dir)


def _show(context: typer.Context, table: Path | None) -> None:
    """Lists the runs, or writes the page about them."""
    if flags := options.given_besides(context, ("name", "table")):
        raise UsageError(f"Expected the name of a run with {flags}. `kerasrec reproduce` lists the names.")
    from kerasrec.labs.reproduction.result import load_results
    from kerasrec.labs.reproduction.standing import HEAD, list_runs

    results = load_results()
    if table is None:
        typer.echo("\n".join(format_table(HEAD, list_runs(results), left=2)))
        return
    from kerasrec.labs.reproduction.document import PICTURE, write_document

    write_document(table, results)
    typer.echo(f"Wrote {len(results)} runs to {table}, with the picture {table.parent / PICTURE}.")


def _train(request: "Request", folder: Path, data_dir: Path) -> None:
    """Trains and measures a run, and prints the results beside the published ones."""
    quiet.start_tensorflow()
    from kerasrec.labs.reproduction.reproduce import reproduce as train_and_measure
    from kerasrec.labs.reproduction.standing import SPLIT_TITLES, Standing, compare

    try:
        result = train_and_measure(request, folder, data_dir, sys.stdout)
    except KeyboardInterrupt:
        typer.echo(f"Stopped. The same command {'continues' if request.run.resumes else 'starts again'}.")
        raise typer.Exit(130) from None
    standing = Standing(request.run, result)
    head = ("", "published", "rerun", *(f"here, {SPLIT_TITLES[split]}" for split in request.run.splits))
    typer.echo("\n".join(["", *format_table(head, compare(standing))]))
    for text in standing.shortened:
        typer.echo(f"Shortened: {text}")
    if request.run.note:
        typer.echo(f"Note: {request.run.note}")
    typer.echo(f"\nThe results are in {folder}: result.json, and the run of each split.")
