"""The check before a trial: points whose frames cannot hold the labels, or that cost too much, are refused."""

from functools import cached_property

from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.lines.source import LineSource
from kerasrec.models import Architecture
from kerasrec.training.architecture import build_architecture
from kerasrec.training.feasibility import check_feasible
from kerasrec.training.settings import TrainSettings
from kerasrec.training.splits import Splits
from kerasrec_tuning.cost import Cost, estimate_cost
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Value


class Gate:
    """Checks whether a point of the space can be tried.

    Args:
        settings: The settings of the search, with its limits.
        splits: The lines.
    """

    def __init__(self, settings: SearchSettings, splits: Splits) -> None:
        self.settings, self.splits = settings, splits
        self._infeasible: dict[Architecture, str | None] = {}
        self._costs: dict[tuple[Architecture, int], Cost] = {}

    def refuse(self, hyperparameters: dict[str, Value]) -> str | None:
        """Returns the reason to refuse a point, or None."""
        try:
            trial_settings = self.settings.trial_settings(hyperparameters)
            architecture = build_architecture(trial_settings)
        except UsageError as error:
            return str(error)
        if architecture not in self._infeasible:
            self._infeasible[architecture] = self._why_infeasible(architecture, trial_settings)
        return self._infeasible[architecture] or self._too_large(architecture, trial_settings.batch_size)

    def _why_infeasible(self, architecture: Architecture, settings: TrainSettings) -> str | None:
        try:
            check_feasible(architecture, settings, self._composer)
        except (InfeasibleLine, UsageError) as error:
            return str(error)
        return None

    @cached_property
    def _composer(self) -> LineSource:
        return self.splits.train()

    def _too_large(self, architecture: Architecture, batch_size: int) -> str | None:
        settings = self.settings
        limits = (settings.max_parameters, settings.max_mflops, settings.max_memory_mb)
        if limits == (None, None, None):
            return None
        width = settings.train.spec.canvas_width
        if (architecture, batch_size) not in self._costs:
            self._costs[architecture, batch_size] = estimate_cost(
                architecture, len(self.splits.alphabet), width, batch_size
            )
        cost = self._costs[architecture, batch_size]
        checks = (
            (cost.parameters, settings.max_parameters, "parameters", "--max-parameters"),
            (cost.mflops, settings.max_mflops, f"Mflops for a line of {width} px", "--max-mflops"),
            (cost.memory_mb, settings.max_memory_mb, "MB of memory for training", "--max-memory"),
        )
        for value, limit, what, option in checks:
            if limit is not None and value > limit:
                return f"It needs {value:,.0f} {what}, above {option} {limit:,.10g}."
        return None
