"""The options of `kerasrec train` that no other command has."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_BUDGET, _OPTIMIZER = "Budget", "Optimizer"

Model = Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help="The run's folder.", show_default="runs/MODEL")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the run in --out after Ctrl-C or a kill. Its settings stay, and so does its end: that of "
        "a run that was never stopped.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A hyperparameter of the model, for example width=48; `kerasrec models MODEL` lists them. May be "
        "repeated.",
    ),
]
Hyperparameters = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|NAME",
        help="Hyperparameters of model and training that a search found: its best.json, or the name of a model for "
        "those that were found for it on EMNIST and Brown. Options that are given beside it win.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        rich_help_panel=_BUDGET,
        help="Train so many epochs of --epoch-lines lines.",
        show_default="10, if --minutes is not given",
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        rich_help_panel=_BUDGET,
        help="Train so many minutes instead, validation included; the test at the end comes on top.",
    ),
]
EpochLines = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Lines from one validation to the next.")
]
SameLines = Annotated[
    bool,
    typer.Option(
        "--same-lines", rich_help_panel=_BUDGET, help="Draw the same lines in each epoch (the labs), not new ones."
    ),
]
ValidationLines = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Held-out lines of each validation.")
]
TestLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Unseen lines of the test at the end.")
]
Patience = Annotated[
    int,
    typer.Option(
        metavar="N",
        rich_help_panel=_BUDGET,
        help="Stop after so many epochs without a better CER on the validation lines; 0: never.",
    ),
]
BatchSize = Annotated[int, typer.Option(metavar="N", rich_help_panel=_OPTIMIZER, help="Lines in a batch.")]
Optimizer = Annotated[
    Literal["adamw", "adam"], typer.Option(rich_help_panel=_OPTIMIZER, help="How gradients become steps.")
]
LearningRate = Annotated[
    float,
    typer.Option(
        metavar="RATE",
        rich_help_panel=_OPTIMIZER,
        help="The highest learning rate; --find-learning-rate suggests one.",
    ),
]
WeightDecay = Annotated[float, typer.Option(metavar="RATE", rich_help_panel=_OPTIMIZER, help="Weight decay of adamw.")]
Schedule = Annotated[
    Literal["cosine", "one_cycle", "constant"],
    typer.Option(
        rich_help_panel=_OPTIMIZER,
        help="The learning rate over the budget. cosine: rises in the warm-up, then falls to 0. one_cycle: rises "
        "for 30% of the budget, then falls to 0. constant: rises in the warm-up, then stays.",
    ),
]
Warmup = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=_OPTIMIZER,
        help="Share of the budget in which the learning rate rises, from 0 to below 1.",
    ),
]
ClipNorm = Annotated[
    float,
    typer.Option(metavar="NORM", rich_help_panel=_OPTIMIZER, help="Greatest norm of the gradients; 0: no clipping."),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option(
        rich_help_panel=_OPTIMIZER,
        help="Type of the computations; auto measures whether bfloat16 or float32 is faster here.",
    ),
]
OverfitBatches = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Train and validate on the same N batches, to see that the model can learn at all; 0: do not.",
    ),
]
FindLearningRate = Annotated[
    bool,
    typer.Option(
        "--find-learning-rate",
        help="Do not train: try learning rates from 1e-6 to 1 on 100 batches, suggest one, and draw the losses "
        "into --out.",
    ),
]
Tensorboard = Annotated[
    bool,
    typer.Option(
        "--tensorboard", help="Log scalars and predictions, too, in the run's folder: `tensorboard --logdir runs`."
    ),
]
Objective = Annotated[
    Literal["ctc", "cross_entropy", "autoregressive"] | None,
    typer.Option(
        help="What the model is trained for. ctc: frames that say a character or nothing. cross_entropy: frame t says "
        "character t. autoregressive: each character after those before it.",
        show_default="the model's own",
    ),
]
LimitOutputLength = Annotated[
    bool,
    typer.Option(
        "--limit-output-length", help="With cross_entropy, cut off the outputs beyond the last place of a label."
    ),
]
Lab = Annotated[
    bool,
    typer.Option(
        "--lab",
        help="Train as the Full Stack Deep Learning labs did: EMNIST and Brown, 10,000 lines made once, one glyph per "
        "character and line, validation on glyphs that training saw, Adam at a constant rate, batches of 128, 10 "
        "epochs. Options that are given beside it win.",
    ),
]
