import keras_tuner
import pytest
from keras_tuner.engine.trial import Trial as KerasTunerTrial

from kerasrec_tuning.records import budget_share, ended_record, new_record
from kerasrec_tuning.trials import Trial


def keras_tuner_trial(status="RUNNING", message=None, **values):
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.values = {"width": 16, "schedule": "cosine", **values}
    return KerasTunerTrial(hyperparameters, "03", status, message)


def test_a_new_record_has_the_hyperparameters_without_kerastuners_notes():
    trial = keras_tuner_trial(**{"tuner/epochs": 3, "tuner/round": 1})
    record = new_record(trial, ["width", "schedule"])
    assert record == Trial("03", "running", {"width": 16, "schedule": "cosine"}, share=1 / 3, starts=0)


def test_the_end_of_a_trial_adds_its_results():
    trial = keras_tuner_trial("COMPLETED")
    for name, value in {"val_cer": 0.12345678, "ms_per_line": 1.23456, "seconds": 9.876, "lines": 640.0}.items():
        trial.metrics.update(name, value)
    record = Trial("03", "running", {"width": 16}, worker="w1", starts=2)
    ended = ended_record(record, trial)
    assert (ended.status, ended.val_cer, ended.ms_per_line) == ("completed", 0.123457, 1.2346)
    assert (ended.seconds, ended.lines) == (9.88, 640) and isinstance(ended.lines, int)
    assert (ended.worker, ended.starts, ended.hyperparameters, ended.reason) == ("w1", 2, {"width": 16}, None)
    assert ended.finished > 1.7e9
    assert ended_record(ended, trial) == ended  # the end time stays


@pytest.mark.parametrize("status", ["FAILED", "INVALID"])
def test_a_trial_that_failed_has_a_reason_and_nothing_else(status):
    ended = ended_record(Trial("03", "running", {}), keras_tuner_trial(status, "No luck."))
    assert (ended.status, ended.reason, ended.val_cer, ended.lines) == ("failed", "No luck.", None, None)


def test_the_budget_is_whole_unless_hyperband_chose_less():
    assert budget_share({}) == budget_share({"tuner/epochs": 9}) == 1
    assert budget_share({"tuner/epochs": 1}) == pytest.approx(1 / 9)
