"""Objectives: the losses that a line model can be trained with, and how to decode its outputs."""

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
"""The objectives by name; each is made for an architecture and a line spec."""


def make_objective(name: str | None, architecture: Architecture, spec: LineSpec) -> Objective:
    """Makes the objective with a name for an architecture and a line spec; None is the architecture's default.

    Raises:
        UsageError: The model cannot be trained with the objective.
    """
    name = name or architecture.objectives[0]
    if name not in architecture.objectives:
        possible = " or ".join(architecture.objectives)
        raise UsageError(f"{model_name(architecture)} cannot be trained with {name!r}. Use {possible}.")
    return OBJECTIVES[name](architecture, spec)
