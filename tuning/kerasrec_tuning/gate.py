"""The gate before a trial: points whose frames cannot hold the labels, or that cost too much, are refused."""

from functools import cached_property

import keras

from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.lines import LineComposer
from kerasrec.models import Architecture
from kerasrec.models.flops import count_flops
from kerasrec.splits import Splits, check_feasible
from kerasrec.training import build_architecture
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Value


class Gate:
    """Says why a point of the space cannot be tried.

    Args:
        settings: Of the search, with its limits.
        splits: The lines.
    """

    def __init__(self, settings: SearchSettings, splits: Splits) -> None:
        self.settings, self.splits = settings, splits

    def refuse(self, hyperparameters: dict[str, Value]) -> str | None:
        """The reason to refuse a point, or None."""
        try:
            architecture = build_architecture(self.settings.trial_settings(hyperparameters))
            check_feasible(architecture, self._composer)
        except (InfeasibleLine, UsageError) as error:
            return str(error)
        return self._too_large(architecture)

    @cached_property
    def _composer(self) -> LineComposer:
        return self.splits.train()

    def _too_large(self, architecture: Architecture) -> str | None:
        settings = self.settings
        if settings.max_mflops is None and settings.max_parameters is None:
            return None
        model = architecture.build(len(self.splits.alphabet))
        parameters, width = model.count_params(), settings.train.spec.canvas_width
        flops = count_flops(model, width)
        keras.backend.clear_session()
        if settings.max_parameters is not None and parameters > settings.max_parameters:
            return f"It has {parameters:,} parameters, above --max-parameters {settings.max_parameters:,}."
        if settings.max_mflops is not None and flops > settings.max_mflops * 1e6:
            return (
                f"It takes {flops / 1e6:,.0f} Mflops a line of {width} px, above --max-mflops {settings.max_mflops:,g}."
            )
        return None
