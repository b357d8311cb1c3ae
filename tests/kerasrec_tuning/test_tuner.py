import pytest

from kerasrec.errors import DivergedTraining
from kerasrec_tuning.tuner import failure_reason


class ResourceExhaustedError(Exception):
    """An error with the name of TensorFlow's."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DivergedTraining("The loss became nan."), "The loss became nan."),
        (MemoryError(), "It needs more memory than is available."),
        (
            ResourceExhaustedError("OOM when allocating tensor\nof a long story"),
            "It needs more memory than is available.",
        ),
        (ValueError("No luck.\nA long story."), "ValueError: No luck."),
        (KeyError(), "KeyError: no message"),
        (
            RuntimeError("{{function_node __wrapped__MatMul}} In[0]: [2,3] [Op:MatMul] name: "),
            "RuntimeError: In[0]: [2,3]",
        ),
    ],
)
def test_a_failure_has_a_reason_of_one_line(error, reason):
    assert failure_reason(error) == reason


def test_a_waiting_worker_asks_again(toy_search):
    search = toy_search(trials=1)
    asked = []

    def create_trial(tuner_id, create=search.oracle.create_trial):
        trial = create(tuner_id)
        if len(asked) < 2:  # two answers without a trial
            trial.status = "IDLE"
            search.oracle.ongoing_trials.clear()
            search.oracle._retry_queue = ["0"]
        asked.append(trial.status)
        return trial

    search.oracle.create_trial = create_trial
    search.run()
    assert asked == ["IDLE", "IDLE", "RUNNING", "STOPPED"]
    assert search.folder.trials()[0].status == "completed"
