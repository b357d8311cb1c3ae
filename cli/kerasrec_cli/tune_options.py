"""The options of `kerasrec tune search` that no other command has."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_BUDGET, _LIMITS, _MACHINES = "Budget", "Limits", "Many machines"

Model = Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")]
Out = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The search's folder.", show_default="tuning/runs/MODEL")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the search in --out, which keeps its settings.")]
Strategy = Annotated[Literal["bayesian", "random", "hyperband", "grid"], typer.Option(help="How points are chosen.")]
Fix = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Fix a hyperparameter, for example width=32. May be repeated."),
]
Range = Annotated[
    list[str] | None,
    typer.Option(
        "--range",
        metavar="NAME=RANGE",
        help="Change the range of a hyperparameter: LOW:HIGH, for example lr=1e-4:3e-3, or values, for example "
        "batch_size=16,32,64. May be repeated.",
    ),
]
Trials = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        rich_help_panel=_BUDGET,
        help="Maximum trials, failed ones included. A search may be continued with more.",
    ),
]
MinutesPerTrial = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        rich_help_panel=_BUDGET,
        help="Train each trial for M minutes.",
        show_default="2 without --lines-per-trial",
    ),
]
LinesPerTrial = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Train each trial on N lines instead."),
]
EpochLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Training lines between two validations.")
]
ValidationLines = Annotated[
    int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Held-out lines per validation.")
]
MaxMsPerLine = Annotated[
    float | None,
    typer.Option(
        metavar="MS",
        rich_help_panel=_LIMITS,
        help="A trial that takes longer to read a line, in a batch of 32, cannot be the best.",
    ),
]
MaxMflops = Annotated[
    float | None,
    typer.Option(
        metavar="N", rich_help_panel=_LIMITS, help="Refuse points that need more than N million operations per line."
    ),
]
MaxParameters = Annotated[
    int | None, typer.Option(metavar="N", rich_help_panel=_LIMITS, help="Refuse points with more than N parameters.")
]
MaxMemory = Annotated[
    float | None,
    typer.Option(
        metavar="MB", rich_help_panel=_LIMITS, help="Refuse points whose training is estimated to need more memory."
    ),
]
WeightsSeed = Annotated[int, typer.Option(metavar="N", help="Random seed of weights and dropout in every trial.")]
Chief = Annotated[
    bool,
    typer.Option("--chief", rich_help_panel=_MACHINES, help="Choose the trials and let workers run them."),
]
Worker = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=_MACHINES,
        help="Run trials for the chief at --chief-address, which has the settings of the search.",
    ),
]
ChiefAddress = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        rich_help_panel=_MACHINES,
        help="The address that the chief listens on (0.0.0.0 for all of the machine's) and that workers connect to. "
        "Anyone who can reach it can take part, so use a trusted network.",
    ),
]
LostAfter = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=3,
        max=86_400,
        rich_help_panel=_MACHINES,
        help="The silence after which the chief counts a worker as lost, and a worker the chief.",
    ),
]
