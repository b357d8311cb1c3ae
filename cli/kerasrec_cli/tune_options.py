"""The options of `kerasrec tune search` that no other command has."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_BUDGET, _LIMITS, _MACHINES = "Budget", "Limits", "Many machines"

Model = Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")]
Out = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The search's folder.", show_default="tuning/runs/MODEL")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the search in --out, with the settings it began with.")
]
Strategy = Annotated[
    Literal["bayesian", "random", "hyperband", "grid"], typer.Option(help="How the points are chosen.")
]
Fix = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Fix a hyperparameter, for example width=32. May be repeated."),
]
Range = Annotated[
    list[str] | None,
    typer.Option(
        "--range",
        metavar="NAME=RANGE",
        help="Give a hyperparameter another range: LOW:HIGH, such as lr=1e-4:3e-3, or values, such as "
        "batch_size=16,32,64. May be repeated.",
    ),
]
Trials = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        rich_help_panel=_BUDGET,
        help="Most trials; failed ones count. A search may go on with more.",
    ),
]
MinutesPerTrial = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        rich_help_panel=_BUDGET,
        help="Train each trial so many minutes.",
        show_default="2, if --lines-per-trial is not given",
    ),
]
LinesPerTrial = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Train each trial on so many lines instead."),
]
EpochLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Lines from one validation to the next.")
]
ValidationLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Held-out lines of each validation.")
]
MaxMsPerLine = Annotated[
    float | None,
    typer.Option(
        metavar="MS",
        rich_help_panel=_LIMITS,
        help="A trial that takes longer to read a line, in a batch of 32, cannot win.",
    ),
]
MaxMflops = Annotated[
    float | None,
    typer.Option(metavar="N", rich_help_panel=_LIMITS, help="Refuse points that take more million operations a line."),
]
MaxParameters = Annotated[
    int | None, typer.Option(metavar="N", rich_help_panel=_LIMITS, help="Refuse points with more parameters.")
]
MaxMemory = Annotated[
    float | None,
    typer.Option(
        metavar="MB", rich_help_panel=_LIMITS, help="Refuse points whose training is estimated to need more memory."
    ),
]
WeightsSeed = Annotated[int, typer.Option(metavar="N", help="Seed of the weights and the dropout in every trial.")]
Chief = Annotated[
    bool,
    typer.Option("--chief", rich_help_panel=_MACHINES, help="Choose the trials, and let workers run them."),
]
Worker = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=_MACHINES,
        help="Run trials for the chief at --chief-address, which knows the settings of the search.",
    ),
]
ChiefAddress = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        rich_help_panel=_MACHINES,
        help="Where the chief listens (0.0.0.0 for all of its addresses), and where a worker finds it. Anyone who "
        "reaches it can take part: use a network that you trust.",
    ),
]
LostAfter = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=3,
        max=86_400,
        rich_help_panel=_MACHINES,
        help="A chief counts a worker as lost, and a worker the chief, after so long without a word.",
    ),
]
