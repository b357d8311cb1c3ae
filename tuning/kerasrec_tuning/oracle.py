"""The base of all strategies: no trial is spent on a refused point, and none is lost to a kill."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import TrialStatus

from kerasrec.errors import BadRun, plain_reason
from kerasrec.storage import sync_folder, write_json
from kerasrec_tuning.records import ended_record, is_readable, new_record, restored_trial
from kerasrec_tuning.space import tidy
from kerasrec_tuning.surroundings import Surroundings
from kerasrec_tuning.trials import Refused, Trial, Value

LOCAL_WORKER = "this machine"
"""KerasTuner's name of the worker in a search without workers; with its space it cannot be the name of a real one."""

_MAX_REFUSED = 300
"""The number of refused points in a row after which a search gives up."""

_MAX_STARTS = 3
"""The number of times a process may end during a trial before the trial counts as failed."""


class SearchOracle(keras_tuner.Oracle):
    """A strategy that starts with the default point, refuses points that cannot work, and saves its state.

    Attributes:
        surroundings: The settings, folder and callbacks of the search.
        records: The trials, as in the search's folder.
    """

    surroundings: Surroundings
    records: dict[str, Trial]

    def attach(self, surroundings: Surroundings) -> None:
        """Attaches the oracle to its search, and continues from what an earlier process wrote."""
        self.surroundings, self.records = surroundings, {}
        self._exhausted = False
        self.max_trials = surroundings.settings.trials
        self.max_consecutive_failed_trials = None  # failed trials are shown, and the search continues
        self.verbose = 0
        self._set_project_dir(surroundings.folder.path, surroundings.folder.tuner_folder.name)
        sync_folder(surroundings.folder.path)  # in which KerasTuner just made its folder
        if Path(self._get_oracle_fname()).exists():
            self.reload()
        self._tried_so_far |= {
            self._compute_values_hash(each.hyperparameters) for each in surroundings.folder.refused()
        }

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of the next trial; the first gets the defaults, unless they are refused."""
        default = self.surroundings.settings.default
        if not self.start_order and not self._duplicate(default) and self._is_allowed(default):
            return {"status": TrialStatus.RUNNING, "values": self._whole_budget(default)}
        return self._choose(trial_id)

    @keras_tuner.synchronized
    def create_trial(self, tuner_id: str) -> Any:
        """Returns the next trial for a worker; the one it was running, if it was interrupted."""
        while True:
            trial = super().create_trial(tuner_id)
            if trial.status != TrialStatus.RUNNING:
                return self._wait_for_others(tuner_id, trial)
            record = self._start(trial, tuner_id)
            if record.starts <= _MAX_STARTS:
                self.surroundings.listener.began(record)
                return trial
            trial.status = TrialStatus.FAILED
            trial.message = f"The process ended {_MAX_STARTS} times during this trial; it may need too much memory."
            self.end_trial(trial)

    @keras_tuner.synchronized
    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Any:
        """Records the results of a trial, unless it has already ended."""
        trial = self.trials[trial_id]
        return super().update_trial(trial_id, metrics, step) if trial.status == TrialStatus.RUNNING else trial

    @keras_tuner.synchronized
    def end_trial(self, trial: Any) -> None:
        """Records the end of a trial; a second end of the same trial has no effect."""
        known = self.trials[trial.trial_id]
        if known is not trial and known.status != TrialStatus.RUNNING:
            return
        trial.hyperparameters = known.hyperparameters  # the network rounds numbers
        if trial.trial_id in self._retry_queue:  # its worker was thought to be lost
            self._retry_queue.remove(trial.trial_id)
        super().end_trial(trial)
        self.surroundings.listener.ended(self.records[trial.trial_id])

    @keras_tuner.synchronized
    def release(self, tuner_id: str) -> Trial | None:
        """Takes back the trial of a worker that is gone, so that another can run it; returns None if it had none."""
        self.tuner_ids.discard(tuner_id)
        trial = self.ongoing_trials.pop(tuner_id, None)
        if trial is None:
            return None
        self._retry_queue.append(trial.trial_id)
        self.save()
        self.surroundings.listener.lost(self.records[trial.trial_id])
        return self.records[trial.trial_id]

    def undo_start(self, tuner_id: str) -> None:
        """Undoes the start of a worker's trial: the user stopped it, so it must not count as a crash.

        Takes no lock: Ctrl-C may have come while KerasTuner held it, which then never releases it.
        """
        trial = self.ongoing_trials.get(tuner_id)
        if trial is not None and trial.trial_id in self.records:
            record = self.records[trial.trial_id]
            self._write(replace(record, starts=max(record.starts - 1, 0)))

    @keras_tuner.synchronized
    def is_over(self) -> bool:
        """Whether all trials have ended and there will be no more."""
        no_more = self._exhausted or len(self.trials) >= self.max_trials
        return no_more and not self.ongoing_trials and not self._retry_queue

    @keras_tuner.synchronized
    def waiting_trials(self) -> list[Trial]:
        """The trials that lost their worker and wait for another."""
        return [self.records[trial_id] for trial_id in sorted(self._retry_queue)]

    def score_trial(self, trial: Any) -> None:
        """Scores a trial by the logarithm of its CER; one that reads too slowly gets a penalty.

        The logarithm keeps the few trials that learned nothing from hiding the differences among the good ones.
        """
        limit, record = self.surroundings.settings.max_ms_per_line, ended_record(self.records[trial.trial_id], trial)
        trial.score = math.log(max(record.val_cer or 0.0, 1e-6))
        if limit is not None and record.ms_per_line is not None and record.ms_per_line > limit:
            trial.score += 1 + math.log(record.ms_per_line / limit)
        trial.best_step = 0

    def save(self) -> None:
        """Writes the state atomically."""
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def reload(self) -> None:
        """Continues from the saved state. After a kill, some of its files may be older than others.

        Each trial is in two files, KerasTuner's and its record; a damaged one is made anew of the other.
        A trial that was running is the first to run again. A worker that was running it may still do so, and is
        waited for.
        """
        self.records = {trial.id: trial for trial in self.surroundings.folder.trials()}
        self._restore_trials()
        self._reload_tuner()
        self.ongoing_trials = dict[str, Any]()
        self._retry_queue = list[str]()
        for trial_id, trial in sorted(self.trials.items(), reverse=True):
            if trial_id not in self.start_order:
                self.start_order.append(trial_id)
            if trial.status != TrialStatus.RUNNING:
                self._write(ended_record(self._record_of(trial), trial))
                continue
            trial.metrics = type(trial.metrics)()
            worker = self._record_of(trial).worker
            if worker is None:
                self._retry_queue.append(trial_id)  # the last of the queue is taken first
            else:
                self.ongoing_trials[worker] = trial

    def _restore_trials(self) -> None:
        """Writes the files of KerasTuner's trials that are damaged or missing."""
        for record in self.records.values():
            if not is_readable(self._trial_file(record.id)):
                trial = restored_trial(record, self.hyperparameters)
                if record.status == "completed":
                    self.score_trial(trial)
                write_json(self._trial_file(record.id), trial.get_state())

    def _trial_file(self, trial_id: str) -> Path:
        return Path(self._get_trial_dir(trial_id)) / "trial.json"

    def _reload_tuner(self) -> None:
        try:
            super().reload()
        except Exception as error:  # a damaged file can cause any error, also TensorFlow's
            folder, reason = self.surroundings.folder.tuner_folder, plain_reason(str(error))
            raise BadRun(
                f"KerasTuner's state in {folder} cannot be read ({reason}): the search is damaged. Its trials can "
                "still be shown, but it cannot continue. Start another search with another --out."
            ) from error

    def _choose(self, trial_id: str) -> dict[str, Any]:
        """Chooses the values of a trial after the first."""
        return super().populate_space(trial_id)

    def _whole_budget(self, values: dict[str, Value]) -> dict[str, Value]:
        """Returns the values of a trial with the whole budget."""
        return values

    def _random_values(self) -> dict[str, Value] | None:
        """Draws a point that was not tried and is not refused; returns None if there is none."""
        for _ in range(_MAX_REFUSED):
            drawn = super()._random_values()
            if drawn is None:
                return None
            values = tidy(self.surroundings.settings.space, drawn)
            if not self._duplicate(values) and self._is_allowed(values):
                return values
        return None

    def _is_allowed(self, values: dict[str, Value]) -> bool:
        """Whether a point may be tried; a refused point is recorded and not checked again."""
        reason = self.surroundings.refuse(values)
        if reason is None:
            return True
        self._tried_so_far.add(self._compute_values_hash(values))
        refused = Refused(dict(values), reason)
        self.surroundings.folder.write_refused(refused)
        self.surroundings.listener.refused(refused)
        return False

    def _wait_for_others(self, tuner_id: str, trial: Any) -> Any:
        """Keeps a worker waiting if no trial is left, as one that is running may still be lost."""
        self._exhausted = trial.status == TrialStatus.STOPPED
        if self._exhausted and self.ongoing_trials:
            self.tuner_ids.add(tuner_id)
            trial.status = TrialStatus.IDLE
        return trial

    def _start(self, trial: Any, worker: str) -> Trial:
        old = self._record_of(trial)
        record = replace(old, worker=None if worker == LOCAL_WORKER else worker, starts=old.starts + 1)
        self._write(record)
        return record

    def _save_trial(self, trial: Any) -> None:
        write_json(self._trial_file(trial.trial_id), trial.get_state())
        record = self._record_of(trial)
        self._write(record if trial.status == TrialStatus.RUNNING else ended_record(record, trial))

    def _record_of(self, trial: Any) -> Trial:
        return self.records.get(trial.trial_id) or new_record(trial, self.surroundings.settings.space)

    def _write(self, record: Trial) -> None:
        if self.records.get(record.id) != record:
            self.surroundings.folder.write_trial(record)
            self.records[record.id] = record
