"""The options of `kerasrec train` that no other command has."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_BUDGET, _OPTIMIZER, _OWN, _DEVICES = "Budget", "Optimizer", "Your own lines", "Devices and hosts"

Model = Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER", help="The run's folder.", show_default="runs/MODEL")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue the run in --out, with its settings, after Ctrl-C or a kill. With a budget in epochs, the "
        "result is the same as that of a run that was never stopped.",
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
        help="Hyperparameters of the model and the training found by a search: its best.json, or a model's name for "
        "those found on EMNIST and Brown. Explicit options take precedence.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        rich_help_panel=_BUDGET,
        help="Train N epochs of --epoch-lines lines.",
        show_default="10 without --minutes",
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        rich_help_panel=_BUDGET,
        help="Train for M minutes instead, validation included; the final test takes extra time.",
    ),
]
EpochLines = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Training lines between two validations.")
]
SameLines = Annotated[
    bool,
    typer.Option("--same-lines", rich_help_panel=_BUDGET, help="Draw the same lines in every epoch (as in the labs)."),
]
ValidationLines = Annotated[
    int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Held-out lines per validation.")
]
TestLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Held-out lines of the final test.")
]
Patience = Annotated[
    int,
    typer.Option(
        metavar="N",
        rich_help_panel=_BUDGET,
        help="Stop after N epochs without a better CER on the validation lines; 0 never stops early.",
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(
        metavar="N",
        rich_help_panel=_OPTIMIZER,
        help="Lines per batch.",
        show_default="32; 16 for fonts and written glyphs, 8 for your own lines",
    ),
]
Optimizer = Annotated[Literal["adamw", "adam"], typer.Option(rich_help_panel=_OPTIMIZER, help="The optimizer.")]
LearningRate = Annotated[
    float,
    typer.Option(
        metavar="RATE",
        rich_help_panel=_OPTIMIZER,
        help="The maximum learning rate; --find-learning-rate suggests one.",
    ),
]
WeightDecay = Annotated[float, typer.Option(metavar="RATE", rich_help_panel=_OPTIMIZER, help="Weight decay of adamw.")]
Schedule = Annotated[
    Literal["cosine", "one_cycle", "constant"],
    typer.Option(
        rich_help_panel=_OPTIMIZER,
        help="The learning rate over the budget. cosine: rises in the warm-up, then falls to 0. one_cycle: rises "
        "for 30% of the budget, then falls to 0. constant: rises in the warm-up, then stays constant.",
    ),
]
Warmup = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        rich_help_panel=_OPTIMIZER,
        help="Share of the budget in which the learning rate rises, at least 0 and below 1.",
    ),
]
ClipNorm = Annotated[
    float,
    typer.Option(
        metavar="NORM", rich_help_panel=_OPTIMIZER, help="Maximum norm of the gradients; 0 disables clipping."
    ),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option(
        rich_help_panel=_OPTIMIZER,
        help="Data type of the computations; auto measures whether bfloat16 or float32 is faster here.",
    ),
]
OverfitBatches = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Train and validate on the same N batches, to check that the model can learn at all; 0 trains normally.",
    ),
]
FindLearningRate = Annotated[
    bool,
    typer.Option(
        "--find-learning-rate",
        help="Do not train. Try learning rates from 1e-6 to 1 on 100 batches, suggest one, and plot the losses in "
        "--out.",
    ),
]
Tensorboard = Annotated[
    bool,
    typer.Option(
        "--tensorboard", help="Also log scalars and predictions in the run's folder: `tensorboard --logdir runs`."
    ),
]
Objective = Annotated[
    Literal["ctc", "cross_entropy", "autoregressive"] | None,
    typer.Option(
        help="The training objective. ctc: each frame predicts a character or nothing. cross_entropy: frame t "
        "predicts character t. autoregressive: each character is predicted from those before it.",
        show_default="the model's default",
    ),
]
LimitOutputLength = Annotated[
    bool,
    typer.Option(
        "--limit-output-length", help="With cross_entropy, cut off the outputs beyond the last position of a label."
    ),
]
Lab = Annotated[
    bool,
    typer.Option(
        "--lab",
        help="Train as the Full Stack Deep Learning labs did: EMNIST and Brown, 10,000 lines drawn once, one glyph "
        "per character and line, validation on the training glyphs, Adam at a constant rate, batches of 128, 10 "
        "epochs. Explicit options take precedence.",
    ),
]
Lines = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SOURCE[=SHARE]",
        rich_help_panel=_OWN,
        help="Train on your own lines: a folder of pictures NAME.png with texts NAME.gt.txt, or a table (.csv, .tsv) "
        "of paths and texts. May be repeated, also with a source of --glyphs for composed lines, to mix lines by "
        "share.",
    ),
]
Validation = Annotated[
    str,
    typer.Option(
        metavar="SHARE|FOLDER",
        rich_help_panel=_OWN,
        help="The share of your own lines to validate on, or the folder of these lines.",
    ),
]
Test = Annotated[
    str,
    typer.Option(
        metavar="SHARE|FOLDER",
        rich_help_panel=_OWN,
        help="The share of your own lines to test on, or the folder of these lines; 0 for no test.",
    ),
]
GroupBy = Annotated[
    str | None,
    typer.Option(
        metavar="PATTERN",
        rich_help_panel=_OWN,
        help="A regular expression that finds a line's writer or page in the name of its picture, such as '^[0-9]+'. "
        "Lines of one group are never divided among training, validation and test.",
        show_default="the group, writer or page of a table, else none",
    ),
]
Map = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="FILE",
        rich_help_panel=_OWN,
        help="Replace texts in the texts of your own lines: a UTF-8 file with a text, a tab and its replacement in "
        "each line.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND",
        rich_help_panel=_OWN,
        help="A kind of variation of your own lines, and of written ones, to leave out: slant, stretch, "
        "size, place, rotation, curve, elastic, weight, blur, ink, noise, rules, specks or neighbours. May be "
        "repeated; --augment sets the strength of all.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        rich_help_panel=_OWN,
        help="Refuse to train if a line cannot be used, instead of leaving it out.",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="RUN",
        rich_help_panel=_OWN,
        help="Start from the weights of another run, with its model, height and alphabet, which is widened by new "
        "characters of your lines. The learning rate is lower then, unless given.",
    ),
]
Freeze = Annotated[
    str | None,
    typer.Option(
        metavar="convolutions|N",
        rich_help_panel=_OWN,
        help="With --from, leave the weights of the image convolutions, or of the first N layers, unchanged.",
    ),
]
Devices = Annotated[
    str | None,
    typer.Option(
        metavar="all|N",
        rich_help_panel=_DEVICES,
        help="Train on several GPUs of this machine, which share the lines of each batch. Without a GPU, N devices of "
        "the CPU stand in for them, to try it out.",
        show_default="1, or all of each host with --workers",
    ),
]
Workers = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT,...",
        rich_help_panel=_DEVICES,
        help="Train on several hosts: the addresses of the workers, the same in the command of each. Worker 0 writes "
        "the run. TF_CONFIG, where it is set, has the same effect. Use a trusted network.",
    ),
]
Worker = Annotated[
    int | None,
    typer.Option(metavar="K", rich_help_panel=_DEVICES, help="The number of this worker in --workers, from 0."),
]
