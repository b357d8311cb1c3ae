"""`kerasrec evaluate`: what a recognizer reads in lines whose text is known."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    from kerasrec.evaluation import Evaluation, Readings
    from kerasrec.recognizer import Recognizer
    from kerasrec.run import Run


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    lines: Annotated[int, typer.Option(metavar="N", min=1, help="Test lines to draw and read.")] = 2000,
    own: Annotated[
        Path | None,
        typer.Option("--own", metavar="FOLDER", help="Read own lines instead: NAME.png beside NAME.gt.txt."),
    ] = None,
    beam: Annotated[int, typer.Option(metavar="WIDTH", min=0, help="Search a beam of this width; 0: greedy.")] = 0,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Type of the computations; auto measures what is faster here."),
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measures a run on lines that training never saw: error rates with intervals, by kind of line, and pictures."""
    quiet.start_tensorflow()
    from kerasrec.evaluation import describe
    from kerasrec.evaluation import evaluate as measure
    from kerasrec.precision import dtype_policy
    from kerasrec.run import Run
    from kerasrec.settings import PRECISIONS

    opened = Run.open(run)
    recognizer = opened.recognizer(dtype_policy(precision, PRECISIONS))
    if own is not None:
        evaluation = measure(_read_own(recognizer, own, beam))
    else:
        evaluation = _read_test_lines(opened, recognizer, lines, beam, data_dir)
    if as_json:
        typer.echo(json.dumps(evaluation.to_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(describe(evaluation)))


def _read_test_lines(run: "Run", recognizer: "Recognizer", lines: int, beam: int, data_dir: Path) -> "Evaluation":
    """Reads unseen synthetic lines, and writes figures and pictures into the run."""
    from kerasrec.report import read_test_lines, write_report
    from kerasrec.splits import Splits

    splits = Splits.load(run.settings(), data_dir)
    return write_report(run, recognizer, read_test_lines(recognizer, splits, lines, beam), history=[])


def _read_own(recognizer: "Recognizer", folder: Path, beam: int) -> "Readings":
    from kerasrec.evaluation import read_labelled_lines
    from kerasrec.files import ImageSource, find_labelled
    from kerasrec.reading import load_line

    labelled = find_labelled(folder)
    lines = [load_line(ImageSource(str(path), path)).line.pixels for path, _ in labelled]
    return read_labelled_lines(recognizer, lines, [text for _, text in labelled], beam_width=beam)
