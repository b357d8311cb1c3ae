"""`kerasrec evaluate`: what a recognizer reads in lines whose text is known."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec.errors import BadImage, CannotWrite
from kerasrec_cli import failure, options, quiet

if TYPE_CHECKING:
    from kerasrec.evaluation import Evaluation, Readings
    from kerasrec.recognizer.recognizer import Recognizer
    from kerasrec.training.run import Run

EXAMPLES = """Examples:

kerasrec evaluate runs/first

kerasrec evaluate runs/first --beam 16 --lines 500 --json > beam.json

kerasrec evaluate runs/first --own lines --out own-lines
"""


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="The folder of a run.")],
    lines: Annotated[int, typer.Option(metavar="N", min=1, help="How many test lines to draw and read.")] = 2000,
    own: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Read your own lines instead: images of one line each, the text of NAME.png in NAME.gt.txt.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to write metrics.json, the worst lines and other pictures, and a table of confusions.",
            show_default="RUN/evaluation",
        ),
    ] = None,
    beam: Annotated[
        int,
        typer.Option(
            metavar="WIDTH",
            min=0,
            help="Search the most probable text among WIDTH candidates: slower, a little better. 0 takes the most "
            "probable token of each frame.",
        ),
    ] = 0,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Type of the computations; auto measures whether bfloat16 or float32 is faster here."),
    ] = "auto",
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measures how well a run's recognizer reads lines that training never saw.

    They are drawn as the run's settings say, from the glyphs and sentences of the test; or your own, by --own.

    Prints error rates with 95% intervals: of characters (CER), of words (WER) and of lines; by length, repeats and
    overlap; what was confused, how far off the characters' places are, and what the confidence is worth.
    """
    quiet.start_tensorflow()
    from kerasrec.evaluation import describe
    from kerasrec.evaluation import evaluate as measure
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.run import Run
    from kerasrec.training.settings import PRECISIONS

    opened = Run.open(run)
    recognizer = opened.recognizer(dtype_policy(precision, PRECISIONS))
    recognizer.check_beam(beam)
    bad: list[BadImage] = []
    if own is not None:
        readings = _read_own(recognizer, own, beam, bad)
    else:
        readings = _read_test_lines(opened, recognizer, lines, beam, data_dir)
    evaluation = measure(readings)
    if as_json:
        typer.echo(json.dumps(evaluation.to_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(describe(evaluation)))
    typer.echo(_write(opened, out, recognizer, readings, evaluation), err=as_json)
    if bad:
        raise typer.Exit(1)


def _read_test_lines(run: "Run", recognizer: "Recognizer", lines: int, beam: int, data_dir: Path) -> "Readings":
    from kerasrec.evaluation.report import read_composed_lines
    from kerasrec.training.splits import Splits

    return read_composed_lines(recognizer, Splits.load(run.settings(), data_dir).test(), lines, beam)


def _read_own(recognizer: "Recognizer", folder: Path, beam: int, bad: list[BadImage]) -> "Readings":
    """Reads lines of the user's own; an image that cannot be read is named, left out and kept in `bad`."""
    from kerasrec.evaluation.own_lines import read_folder

    def report(error: BadImage) -> None:
        failure.report(error)
        bad.append(error)

    return read_folder(recognizer, folder, beam, report)


def _write(
    run: "Run", out: Path | None, recognizer: "Recognizer", readings: "Readings", evaluation: "Evaluation"
) -> str:
    """Writes figures and pictures, and tells where; a run that cannot be written to can still be evaluated."""
    from kerasrec.evaluation.report import write_report

    folder = out or run.folder / "evaluation"
    try:
        write_report(folder, recognizer, readings, evaluation)
    except CannotWrite as error:
        if out is not None:
            raise
        return f"\nPictures and tables are left out: {error} --out takes one."
    return f"\nPictures and tables are in {folder}."
