"""Objectives: what a line model can be trained for, and how its outputs are read."""

from collections.abc import Callable

from kerasrec.errors import UsageError
from kerasrec.models import Architecture, model_name
from kerasrec.objectives.autoregressive import Autoregressive
from kerasrec.objectives.cross_entropy import CrossEntropy
from kerasrec.objectives.ctc import CTC
from kerasrec.objectives.loss import ObjectiveLoss
from kerasrec.objectives.objective import Objective
from kerasrec.spec import LineSpec

__all__ = ["CTC", "OBJECTIVES", "Autoregressive", "CrossEntropy", "Objective", "ObjectiveLoss", "make_objective"]

OBJECTIVES: dict[str, Callable[[Architecture, LineSpec], Objective]] = {
    "ctc": CTC.of,
    "cross_entropy": CrossEntropy.of,
    "autoregressive": Autoregressive.of,
}
"""The objectives by name, each made for a model and its lines."""


def make_objective(name: str | None, architecture: Architecture, spec: LineSpec) -> Objective:
    """Makes the objective of a name for a model and its lines; None is the first that the model can be trained for.

    Raises:
        UsageError: The model cannot be trained for it.
    """
    name = name or architecture.objectives[0]
    if name not in architecture.objectives:
        able = " or ".join(architecture.objectives)
        raise UsageError(f"{model_name(architecture)} cannot be trained with {name!r}, but with {able}.")
    return OBJECTIVES[name](architecture, spec)
