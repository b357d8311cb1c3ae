"""What KerasTuner's strategies share here: no trial is spent on a refused point, and none is lost to a kill."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import TrialStatus

from kerasrec.errors import BadRun
from kerasrec.storage import write_json
from kerasrec_tuning.records import ended_record, new_record
from kerasrec_tuning.space import tidy
from kerasrec_tuning.surroundings import Surroundings
from kerasrec_tuning.trials import Refused, Trial, Value

LOCAL_WORKER = "this machine"
"""Who runs the trials of a search without workers, as KerasTuner is told; the space keeps it from being a worker's."""

_MOST_REFUSED = 300
"""After so many refused points one after the other a search looks no further."""

_MOST_STARTS = 3
"""A trial during which the process ended so often is taken to be the reason."""


class SearchOracle(keras_tuner.Oracle):
    """A strategy that begins with the default point, refuses what cannot work and writes all it knows.

    Attributes:
        around: What it works with.
        records: Its trials as the search's folder holds them.
    """

    around: Surroundings
    records: dict[str, Trial]

    def attach(self, around: Surroundings) -> None:
        """Gives the oracle what it works with, and goes on from what an earlier process wrote."""
        self.around, self.records = around, {}
        self._exhausted = False
        self.max_trials = around.settings.trials
        self.max_consecutive_failed_trials = None  # failed trials are shown, and the search goes on
        self.verbose = 0
        self._set_project_dir(around.folder.path, around.folder.tuner_folder.name)
        if Path(self._get_oracle_fname()).exists():
            self.reload()
        self._tried_so_far |= {self._compute_values_hash(each.hyperparameters) for each in around.folder.refused()}

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of the next trial: of the first the defaults, if they are not refused."""
        default = self.around.settings.default
        if not self.start_order and not self._duplicate(default) and self._is_allowed(default):
            return {"status": TrialStatus.RUNNING, "values": self._whole_budget(default)}
        return self._choose(trial_id)

    @keras_tuner.synchronized
    def create_trial(self, tuner_id: str) -> Any:
        """The next trial for a worker; the one it was running, if it ended in the middle of it."""
        while True:
            trial = super().create_trial(tuner_id)
            if trial.status != TrialStatus.RUNNING:
                return self._wait_for_others(tuner_id, trial)
            record = self._start(trial, tuner_id)
            if record.starts <= _MOST_STARTS:
                self.around.listener.began(record)
                return trial
            trial.status = TrialStatus.FAILED
            trial.message = f"The process ended during it {_MOST_STARTS} times; perhaps it needs too much memory."
            self.end_trial(trial)

    @keras_tuner.synchronized
    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Any:
        """Takes what a trial reached; of a trial that has ended nothing more."""
        trial = self.trials[trial_id]
        return super().update_trial(trial_id, metrics, step) if trial.status == TrialStatus.RUNNING else trial

    @keras_tuner.synchronized
    def end_trial(self, trial: Any) -> None:
        """Takes the end of a trial; a second end of the same trial changes nothing."""
        known = self.trials[trial.trial_id]
        if known is not trial and known.status != TrialStatus.RUNNING:
            return
        trial.hyperparameters = known.hyperparameters  # what comes back over the network has rounded numbers
        if trial.trial_id in self._retry_queue:  # of a worker that was thought to be lost
            self._retry_queue.remove(trial.trial_id)
        super().end_trial(trial)
        self.around.listener.ended(self.records[trial.trial_id])

    @keras_tuner.synchronized
    def lose(self, tuner_id: str) -> Trial | None:
        """Takes the trial of a worker that is gone, so that another worker may run it; None if it had none."""
        self.tuner_ids.discard(tuner_id)
        trial = self.ongoing_trials.pop(tuner_id, None)
        if trial is None:
            return None
        self._retry_queue.append(trial.trial_id)
        self.save()
        self.around.listener.lost(self.records[trial.trial_id])
        return self.records[trial.trial_id]

    def take_back(self, tuner_id: str) -> None:
        """Forgets the start of a worker's trial: the user stopped it, so that it is no reason for a process's end.

        Takes no lock: Ctrl-C may have come while KerasTuner held it, which keeps it then.
        """
        trial = self.ongoing_trials.get(tuner_id)
        if trial is not None and trial.trial_id in self.records:
            record = self.records[trial.trial_id]
            self._write(replace(record, starts=max(record.starts - 1, 0)))

    @keras_tuner.synchronized
    def is_over(self) -> bool:
        """Whether all trials have ended, and there will be no more."""
        no_more = self._exhausted or len(self.trials) >= self.max_trials
        return no_more and not self.ongoing_trials and not self._retry_queue

    @keras_tuner.synchronized
    def waiting(self) -> list[Trial]:
        """The trials that lost their worker, and wait for another."""
        return [self.records[trial_id] for trial_id in sorted(self._retry_queue)]

    def score_trial(self, trial: Any) -> None:
        """Scores a trial by the logarithm of its CER; one that reads too slowly stands behind the others.

        The logarithm keeps the few trials that learned nothing from hiding the differences among the good ones.
        """
        limit, record = self.around.settings.max_ms_per_line, ended_record(self.records[trial.trial_id], trial)
        trial.score = math.log(max(record.val_cer or 0.0, 1e-6))
        if limit is not None and record.ms_per_line is not None and record.ms_per_line > limit:
            trial.score += 1 + math.log(record.ms_per_line / limit)
        trial.best_step = 0

    def save(self) -> None:
        """Writes the state, whole or not at all."""
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def reload(self) -> None:
        """Goes on from the state that was written, of which a kill may have left a part older than the others.

        A trial that was running is the first to run again. Where a worker ran it, it may do so still, and it is
        waited for.
        """
        self._reload_tuner()
        self.records = {trial.id: trial for trial in self.around.folder.trials()}
        self.ongoing_trials = dict[str, Any]()
        self._retry_queue = list[str]()
        for trial_id, trial in sorted(self.trials.items(), reverse=True):
            if trial_id not in self.start_order:
                self.start_order.append(trial_id)
            if trial.status != TrialStatus.RUNNING:
                self._write(ended_record(self._known(trial), trial))
                continue
            trial.metrics = type(trial.metrics)()
            worker = self._known(trial).worker
            if worker is None:
                self._retry_queue.append(trial_id)  # the last of the queue is taken first
            else:
                self.ongoing_trials[worker] = trial

    def _reload_tuner(self) -> None:
        try:
            super().reload()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            folder = self.around.folder.tuner_folder
            raise BadRun(
                f"KerasTuner's state in {folder} cannot be read ({error}): the search is damaged. Its trials can still "
                "be shown, but it cannot go on. Search again, with another --out."
            ) from error

    def _choose(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of a trial after the first."""
        return super().populate_space(trial_id)

    def _whole_budget(self, values: dict[str, Value]) -> dict[str, Value]:
        """The values of a trial that has the whole budget."""
        return values

    def _random_values(self) -> dict[str, Value] | None:
        """Draws a point that was not tried and is not refused; None if none is found."""
        for _ in range(_MOST_REFUSED):
            drawn = super()._random_values()
            if drawn is None:
                return None
            values = tidy(self.around.settings.space, drawn)
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

    def _wait_for_others(self, tuner_id: str, trial: Any) -> Any:
        """Keeps a worker waiting where none of the trials is left, but one that runs may yet be lost."""
        self._exhausted = trial.status == TrialStatus.STOPPED
        if self._exhausted and self.ongoing_trials:
            self.tuner_ids.add(tuner_id)
            trial.status = TrialStatus.IDLE
        return trial

    def _start(self, trial: Any, worker: str) -> Trial:
        old = self._known(trial)
        record = replace(old, worker=None if worker == LOCAL_WORKER else worker, starts=old.starts + 1)
        self._write(record)
        return record

    def _save_trial(self, trial: Any) -> None:
        write_json(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", trial.get_state())
        record = self._known(trial)
        self._write(record if trial.status == TrialStatus.RUNNING else ended_record(record, trial))

    def _known(self, trial: Any) -> Trial:
        return self.records.get(trial.trial_id) or new_record(trial, self.around.settings.space)

    def _write(self, record: Trial) -> None:
        if self.records.get(record.id) != record:
            self.around.folder.write_trial(record)
            self.records[record.id] = record
