"""`kerasrec character evaluate`: measures a recognizer of single characters on held-out images."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec_cli import options, quiet
from kerasrec_cli.table import format_table

if TYPE_CHECKING:
    from kerasrec.labs.characters.evaluation import CharacterEvaluation

EXAMPLES = """Examples:

kerasrec character evaluate runs/emnist-cnn

kerasrec character evaluate runs/emnist-cnn --json > emnist-cnn.json
"""

_HARDEST = 12  # classes shown, those with the lowest accuracy
_CONFUSIONS = 3  # most frequent misreadings shown per class


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", exists=True, file_okay=False, help="The folder of a run.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for metrics.json, the worst errors, and a picture and a table of the confusions.",
            show_default="RUN/evaluation",
        ),
    ] = None,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Data type of the computations; auto measures whether bfloat16 or float32 is faster here."),
    ] = "auto",
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Measures how well a run's recognizer reads the test images of its glyphs.

    Prints the accuracy with a 95% interval, and the hardest classes with their most frequent misreadings.
    """
    quiet.start_tensorflow()
    from kerasrec.labs.characters.data import load_characters
    from kerasrec.labs.characters.evaluation import evaluate, write_report
    from kerasrec.labs.characters.run import CharacterRun
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.settings import PRECISIONS

    opened = CharacterRun.open(run)
    recognizer = opened.recognizer(dtype_policy(precision, PRECISIONS))
    settings = opened.settings()
    data = load_characters(settings.glyphs, data_dir, settings.seed, settings.balance)
    evaluation = evaluate(recognizer, data.test, data.classes)
    folder = out or run / "evaluation"
    write_report(folder, data.test.images, evaluation)
    if as_json:
        typer.echo(json.dumps(evaluation.to_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(describe(evaluation)))
    typer.echo(f"\nPictures and tables are in {folder}.", err=as_json)


def describe(evaluation: "CharacterEvaluation") -> Iterator[str]:
    """Yields an evaluation as lines of text."""
    low, high = (f"{bound:.2%}" for bound in evaluation.interval)
    yield f"accuracy {evaluation.accuracy:.2%} (95% interval {low} to {high}) on {len(evaluation.truth):,} images"
    yield ""
    rows = [
        [character, f"{each.accuracy:.1%}", f"{each.pictures:,}", _misreadings(each.read_as)]
        for character, each in list(evaluation.by_class.items())[:_HARDEST]
    ]
    yield from format_table(["hardest", "accuracy", "images", "read as"], rows)


def _misreadings(read_as: dict[str, int]) -> str:
    return ", ".join(f"{character} {count}" for character, count in list(read_as.items())[:_CONFUSIONS])
