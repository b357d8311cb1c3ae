import json

import pytest

from kerasrec_tuning.trials import Trial


def test_a_trial_survives_json():
    trial = Trial(
        "03", "failed", {"width": 16, "schedule": "cosine"}, reason="No luck.", worker="w1", share=1 / 3, starts=2
    )
    assert Trial.from_json(json.loads(json.dumps(trial.to_json()))) == trial


def test_an_unknown_field_is_named():
    with pytest.raises(TypeError, match="colour"):
        Trial.from_json({"id": "0", "status": "running", "hyperparameters": {}, "colour": "red"})
