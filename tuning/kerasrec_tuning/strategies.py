"""The strategies that choose the points of a search: KerasTuner's, by name."""

import itertools
import math
import warnings
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle

from kerasrec_tuning.oracle import SearchOracle
from kerasrec_tuning.records import HYPERBAND_EPOCHS
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice, Space, as_grid, suggest, tidy
from kerasrec_tuning.surroundings import Surroundings
from kerasrec_tuning.trials import Value

_CANDIDATES = 1000
_CHANGED = 0.25  # share of the hyperparameters that differ from the best point's
_NOISE = 0.01
"""Variance between trainings of the same point, in units of the variance among points."""


class RandomOracle(SearchOracle, RandomSearchOracle):
    """Points drawn at random."""


class BayesianOracle(SearchOracle, BayesianOptimizationOracle):
    """The most promising points, according to KerasTuner's Gaussian process over the trials so far.

    KerasTuner searches for them by gradient descent, which is slow, and rounds the result to the possible values. Here
    they are chosen among random candidates, half of them near the best point so far. If the best candidate is refused,
    the second best is used.
    """

    def _choose(self, trial_id: str) -> dict[str, Any]:
        completed = [trial for trial in self.trials.values() if trial.status == TrialStatus.COMPLETED]
        if len(completed) < self.num_initial_points:
            return self._random_populate_space()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the fit: a few trials do not determine the length scales
            self.gpr.fit(*self._vectorize_trials())
        points = self._candidates(min(completed, key=lambda trial: trial.score).hyperparameters.values)
        vectors = [[each.value_to_prob(point[each.name]) for each in self.hyperparameters.space] for point in points]
        mean, deviation = self.gpr.predict(np.array(vectors), return_std=True)
        for index in np.argsort(mean - self.beta * deviation):
            if not self._duplicate(points[index]) and self._is_allowed(points[index]):
                return {"status": TrialStatus.RUNNING, "values": points[index]}
        return self._random_populate_space()

    def _candidates(self, best: dict[str, Value]) -> list[dict[str, Value]]:
        """Returns random points, and random changes of a quarter of the best point's hyperparameters."""
        rng = np.random.default_rng((self.seed, len(self.trials)))
        points = []
        for number in range(_CANDIDATES):
            drawn = {each.name: each.prob_to_value(rng.uniform()) for each in self.hyperparameters.space}
            if number % 2:
                drawn |= {name: value for name, value in best.items() if rng.uniform() > _CHANGED}
            points.append(tidy(self.surroundings.settings.space, drawn))
        return points


class HyperbandBrackets(SearchOracle, HyperbandOracle):
    """Many points with a ninth of the budget, the best third of them again with a third, and so on (Li et al., 2018).

    The default gets the whole budget, outside the brackets.
    """

    def _choose(self, trial_id: str) -> dict[str, Any]:
        """Chooses as KerasTuner does, but ranks a failed trial last: its bracket would not end otherwise."""
        failed = [(trial, trial.score) for trial in self.trials.values() if trial.status == TrialStatus.FAILED]
        for trial, _ in failed:
            trial.status, trial.score = TrialStatus.COMPLETED, math.inf
        try:
            return super()._choose(trial_id)
        finally:
            for trial, score in failed:
                trial.status, trial.score = TrialStatus.FAILED, score

    def _whole_budget(self, values: dict[str, Value]) -> dict[str, Value]:
        whole = {"tuner/epochs": self.max_epochs, "tuner/initial_epoch": 0, "tuner/bracket": 0, "tuner/round": 0}
        return values | whole


class GridOracle(SearchOracle):
    """All points in order, the last hyperparameter changing fastest.

    KerasTuner's own grid loses its position when it is resumed.
    """

    def _choose(self, trial_id: str) -> dict[str, Any]:
        grid = as_grid(self.surroundings.settings.space)
        for combination in itertools.product(*(each.values for each in grid.values())):
            values = dict(zip(grid, combination, strict=True))
            if not self._duplicate(values) and self._is_allowed(values):
                return {"status": TrialStatus.RUNNING, "values": values}
        return {"status": TrialStatus.STOPPED, "values": None}


def make_oracle(surroundings: Surroundings) -> SearchOracle:
    """Makes the oracle of a search's strategy, which continues from the state in the search's folder."""
    settings = surroundings.settings
    space: Space = dict(as_grid(settings.space)) if settings.strategy == "grid" else settings.space
    hyperparameters = keras_tuner.HyperParameters()
    suggest(hyperparameters, space)
    shared: dict[str, Any] = {
        "objective": keras_tuner.Objective("val_cer", "min"),
        "hyperparameters": hyperparameters,
        "allow_new_entries": False,
        "seed": settings.train.seed % 2**31 + 1,  # KerasTuner treats 0 as no seed
    }
    oracle: SearchOracle
    match settings.strategy:
        case "random":
            oracle = RandomOracle(**shared)
        case "grid":
            oracle = GridOracle(**shared)
        case "hyperband":
            oracle = HyperbandBrackets(max_epochs=HYPERBAND_EPOCHS, hyperband_iterations=10**6, **shared)
        case _:
            oracle = BayesianOracle(num_initial_points=initial_points(settings), alpha=_NOISE, **shared)
    oracle.attach(surroundings)
    return oracle


def initial_points(settings: SearchSettings) -> int:
    """Returns the number of trials before the Gaussian process: a third of all, at most two per free hyperparameter."""
    fixed = sum(isinstance(each, Choice) and len(each.values) == 1 for each in settings.space.values())
    return max(2, min(2 * (len(settings.space) - fixed), settings.trials // 3))
