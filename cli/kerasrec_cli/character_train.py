"""`kerasrec character train`: trains a recognizer of single characters."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec_cli import options, quiet
from kerasrec_cli.character_evaluate import describe

if TYPE_CHECKING:
    from kerasrec.labs.characters.data import CharacterData

EXAMPLES = """Examples:

kerasrec character train character_cnn --glyphs emnist --out runs/emnist-cnn

kerasrec character train character_resnet --blocks 4 --glyphs mnist

kerasrec character train character_mlp --overfit-batches 2 --out runs/check
"""


def train(
    model: Annotated[
        str, typer.Argument(help="The model: character_mlp, character_cnn or character_resnet.")
    ] = "character_cnn",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The run's folder.", show_default="runs/MODEL")
    ] = None,
    glyphs: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help='Images to train on: "emnist" (62 balanced classes; downloads 535 MiB if it is not in --data-dir), '
            '"mnist" (10 digits; downloads 11 MiB), "strokes" (no download), or a folder with one subfolder of '
            "images per character.",
        ),
    ] = "emnist",
    balance: Annotated[
        bool,
        typer.Option(
            help="Balance the classes of EMNIST as the labs do, in the test split too: no class keeps more images "
            "than the mean. --no-balance keeps all images."
        ),
    ] = True,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    epochs: Annotated[int, typer.Option(metavar="N", help="Number of passes over the training images.")] = 5,
    blocks: Annotated[
        int | None, typer.Option(metavar="N", help="Residual blocks of character_resnet.", show_default="3")
    ] = None,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Images per batch.")] = 128,
    learning_rate: Annotated[float, typer.Option(metavar="RATE", help="Learning rate of Adam.")] = 1e-3,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="Data type of the computations; auto measures whether bfloat16 or float32 is faster here."),
    ] = "auto",
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed; the same seed repeats the same training.")] = 42,
    overfit_batches: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Train and validate on the same N batches, to check that the model can learn at all; 0 trains "
            "normally.",
        ),
    ] = 0,
) -> None:
    """Trains a model of single characters and tests it on held-out images.

    The run's folder then holds the recognizer of the epoch with the best validation accuracy,
    and the metrics and pictures of the test.
    """
    quiet.start_tensorflow()
    from kerasrec.labs.characters.console import ShowEpochs
    from kerasrec.labs.characters.data import load_characters
    from kerasrec.labs.characters.evaluation import evaluate, write_report
    from kerasrec.labs.characters.run import CharacterRun
    from kerasrec.labs.characters.settings import CharacterSettings
    from kerasrec.labs.characters.training import train
    from kerasrec.lines.glyphs import GLYPHS
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.settings import PRECISIONS, find_source

    settings = CharacterSettings(
        model=model,
        hyperparameters={} if blocks is None else {"blocks": blocks},
        glyphs=find_source(glyphs, GLYPHS),
        balance=balance,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
        seed=seed,
        overfit_batches=overfit_batches,
    )
    settings.architecture()  # reports an invalid hyperparameter before a download, not after
    run = CharacterRun.create(out or Path("runs") / model, settings)
    try:
        data = load_characters(settings.glyphs, data_dir, seed, balance)
        _describe(model, data)
        train(settings, run, data, [ShowEpochs(sys.stdout)])
    except BaseException:
        run.discard_if_empty()
        raise
    evaluation = evaluate(run.recognizer(dtype_policy(precision, PRECISIONS)), data.test, data.classes)
    typer.echo("\nThe best recognizer on the held-out test images:\n")
    typer.echo("\n".join(describe(evaluation)))
    write_report(run.folder, data.test.images, evaluation)
    typer.echo(f"\nThe run is in {run.folder}: recognizer.keras, metrics.json, history.csv, pictures and tables.")


def _describe(model: str, data: "CharacterData") -> None:
    typer.echo(f"{model} on {data.name}: {len(data.classes)} classes")
    for name in ("train", "validation", "test"):
        typer.echo(f"  {name:<10} {len(getattr(data, name)):>8,} images")
