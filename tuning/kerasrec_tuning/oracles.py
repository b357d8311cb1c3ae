"""KerasTuner's strategies, which spend no trial on a refused point and lose none to a kill."""

import itertools
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import keras_tuner
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle

from kerasrec.storage import write_json
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Space, as_grid, suggest, tidy
from kerasrec_tuning.trials import Refused, Status, Trial, Value

OBJECTIVE = "val_cer"
HYPERBAND_EPOCHS = 9
"""Into how many parts Hyperband divides a trial's budget: it gives 1, 3 or all 9 of them."""

_MOST_REFUSED = 300
"""After so many refused points one after the other a search looks no further."""

_MOST_STARTS = 3
"""A trial during which the process ended so often is taken to be the reason."""

_STATUS: dict[str, Status] = {TrialStatus.RUNNING: "running", TrialStatus.COMPLETED: "completed"}


class Listener(Protocol):
    """Is told what happens in a search."""

    def began(self, trial: Trial) -> None:
        """A trial begins."""
        ...

    def ended(self, trial: Trial) -> None:
        """A trial has completed or failed."""
        ...

    def refused(self, refused: Refused) -> None:
        """A point was refused."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What an oracle works with.

    Attributes:
        settings: Of the search.
        folder: Where trials are written.
        refuse: Why a point cannot be tried, or None.
        listener: Is told what happens.
    """

    settings: SearchSettings
    folder: SearchFolder
    refuse: Callable[[dict[str, Value]], str | None]
    listener: Listener


class SearchOracle(keras_tuner.Oracle):
    """What the strategies share: the default point first, no refused ones, and files written whole or not at all."""

    around: Surroundings
    records: dict[str, Trial]

    def attach(self, around: Surroundings) -> None:
        """Gives the oracle what it works with."""
        self.around, self.records = around, {}
        self.max_trials = around.settings.trials
        self.max_consecutive_failed_trials = None  # failed trials are shown, and the search goes on
        self.verbose = 0

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of the next trial: of the first the defaults, if they are not refused."""
        default = self.around.settings.default
        if not self.start_order and not self._duplicate(default) and self._is_allowed(default):
            return {"status": TrialStatus.RUNNING, "values": self._whole_budget(default)}
        return self._choose(trial_id)

    def _choose(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of a trial after the first."""
        return super().populate_space(trial_id)

    def _whole_budget(self, values: dict[str, Value]) -> dict[str, Value]:
        return values

    def _random_values(self) -> dict[str, Value] | None:
        """Draws a point that was not tried and is not refused; None if none is found."""
        for _ in range(_MOST_REFUSED):
            values = super()._random_values()
            if values is None:
                return None
            values = tidy(self.around.settings.space, values)
            if not self._duplicate(values) and self._is_allowed(values):
                return values
        return None

    def _is_allowed(self, values: dict[str, Value]) -> bool:
        """Whether a point may be tried; one that may not is written down, and not asked about again."""
        reason = self.around.refuse(values)
        if reason is None:
            return True
        self._tried_so_far.add(self._compute_values_hash(values))
        refused = Refused(dict(values), reason)
        self.around.folder.write_refused(refused)
        self.around.listener.refused(refused)
        return False

    @keras_tuner.synchronized
    def create_trial(self, tuner_id: str) -> Any:
        """The next trial of a worker; the one it was running, if it ended in the middle of it."""
        while True:
            trial = super().create_trial(tuner_id)
            if trial.status != TrialStatus.RUNNING:
                return trial
            old = self.records[trial.trial_id]
            starts = old.starts + 1 if old.worker is not None else 1
            record = replace(old, worker=tuner_id, starts=starts)
            self._write(record)
            if starts <= _MOST_STARTS:
                self.around.listener.began(record)
                return trial
            trial.status = TrialStatus.FAILED
            trial.message = f"The process ended during it {_MOST_STARTS} times; perhaps it needs too much memory."
            self.end_trial(trial)

    @keras_tuner.synchronized
    def end_trial(self, trial: Any) -> None:
        """Takes the end of a trial; a second end of the same trial changes nothing."""
        known = self.trials[trial.trial_id]
        if known.status in (TrialStatus.COMPLETED, TrialStatus.FAILED) and trial is not known:
            return
        trial.hyperparameters = known.hyperparameters  # what comes back over the network has rounded numbers
        super().end_trial(trial)
        self.around.listener.ended(self.records[trial.trial_id])

    def score_trial(self, trial: Any) -> None:
        """Scores a trial by the logarithm of its CER; one that reads too slowly stands behind the others.

        The logarithm keeps the few trials that learned nothing from hiding the differences among the good ones.
        """
        limit, record = self.around.settings.max_ms_per_line, self._record(trial)
        trial.score = math.log(max(record.val_cer or 0.0, 1e-6))
        if limit is not None and record.ms_per_line is not None and record.ms_per_line > limit:
            trial.score += 1 + math.log(record.ms_per_line / limit)
        trial.best_step = 0

    def save(self) -> None:
        """Writes the state, whole or not at all."""
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def reload(self) -> None:
        """Goes on from the state that was written, in which a kill may have left a file older than the others."""
        super().reload()
        self.records = {trial.id: trial for trial in self.around.folder.trials()}
        self.ongoing_trials = dict[str, Any]()
        self._retry_queue = list[str]()
        for trial_id, trial in sorted(self.trials.items(), reverse=True):
            if trial_id not in self.start_order:
                self.start_order.append(trial_id)
            if trial.status == TrialStatus.RUNNING:
                trial.metrics = type(trial.metrics)()
                self._retry_queue.append(trial_id)  # the last of the queue is taken first
            else:
                self._write(self._record(trial))

    def _save_trial(self, trial: Any) -> None:
        write_json(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())
        self._write(self._record(trial))

    def _write(self, record: Trial) -> None:
        if self.records.get(record.id) != record:
            self.around.folder.write_trial(record)
            self.records[record.id] = record

    def _record(self, trial: Any) -> Trial:
        """The state of a KerasTuner trial as it is shown."""
        values = trial.hyperparameters.values
        space = self.around.settings.space
        old = self.records.get(trial.trial_id) or Trial(
            trial.trial_id, "running", {name: values[name] for name in space}, share=_share(values)
        )
        status = _STATUS.get(trial.status, "failed")
        metrics = {name: trial.metrics.get_best_value(name) for name in trial.metrics.metrics}
        if status == "running":
            return replace(old, status=status)
        return replace(
            old,
            status=status,
            val_cer=_rounded(metrics.get("val_cer"), 6),
            ms_per_line=_rounded(metrics.get("ms_per_line"), 4),
            seconds=_rounded(metrics.get("seconds"), 2),
            lines=round(metrics["lines"]) if "lines" in metrics else None,
            finished=old.finished or round(time.time(), 2),
            reason=trial.message,
        )


class RandomOracle(SearchOracle, RandomSearchOracle):
    """Points drawn at random."""


class BayesianOracle(SearchOracle, BayesianOptimizationOracle):
    """Points at which a Gaussian process over the trials so far sees the best chances."""

    def _choose(self, trial_id: str) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the fit: few trials leave the process's scales open
            response = BayesianOptimizationOracle.populate_space(self, trial_id)
        if response["values"] is None:
            return response
        values = tidy(self.around.settings.space, response["values"])
        if self._duplicate(values) or not self._is_allowed(values):
            return self._random_populate_space()
        return {**response, "values": values}


class HyperbandBracketOracle(SearchOracle, HyperbandOracle):
    """Many points with a small share of the budget, the better ones of them again with more (Li et al., 2018)."""

    def _whole_budget(self, values: dict[str, Value]) -> dict[str, Value]:
        whole = {"tuner/epochs": self.max_epochs, "tuner/initial_epoch": 0, "tuner/bracket": 0, "tuner/round": 0}
        return values | whole


class GridOracle(SearchOracle):
    """All points one after the other, the last hyperparameter changing fastest."""

    def _choose(self, trial_id: str) -> dict[str, Any]:
        space = self.around.settings.space
        for combination in itertools.product(*(each.values for each in as_grid(space).values())):
            values = dict(zip(space, combination, strict=True))
            if not self._duplicate(values) and self._is_allowed(values):
                return {"status": TrialStatus.RUNNING, "values": values}
        return {"status": TrialStatus.STOPPED, "values": None}


def make_oracle(around: Surroundings) -> SearchOracle:
    """Makes the oracle of a search's strategy."""
    settings = around.settings
    space: Space = dict(as_grid(settings.space)) if settings.strategy == "grid" else settings.space
    hyperparameters = keras_tuner.HyperParameters()
    suggest(hyperparameters, space)
    shared: dict[str, Any] = {
        "objective": keras_tuner.Objective(OBJECTIVE, "min"),
        "hyperparameters": hyperparameters,
        "allow_new_entries": False,
        "seed": settings.train.seed % 2**31 + 1,  # KerasTuner takes 0 for none
    }
    oracle: SearchOracle
    match settings.strategy:
        case "random":
            oracle = RandomOracle(**shared)
        case "grid":
            oracle = GridOracle(**shared)
        case "hyperband":
            oracle = HyperbandBracketOracle(max_epochs=HYPERBAND_EPOCHS, hyperband_iterations=10**6, **shared)
        case _:
            oracle = BayesianOracle(num_initial_points=_initial_points(settings), **shared)
    oracle.attach(around)
    return oracle


def _initial_points(settings: SearchSettings) -> int:
    """Random points before the Gaussian process takes over: a third of the trials, at most two for each dimension."""
    free = sum(not hasattr(each, "values") or len(each.values) > 1 for each in settings.space.values())
    return max(2, min(2 * free, settings.trials // 3))


def _share(values: dict[str, Any]) -> float:
    return values.get("tuner/epochs", HYPERBAND_EPOCHS) / HYPERBAND_EPOCHS


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
