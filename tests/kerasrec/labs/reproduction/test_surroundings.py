import json

import keras
import pytest

from kerasrec import __version__
from kerasrec.labs.reproduction.surroundings import describe_surroundings
from kerasrec.training.machine import describe_machine


def test_the_machine_and_the_versions_are_told():
    told = json.loads(json.dumps(describe_surroundings()))
    assert told["machine"].startswith(describe_machine())
    assert told["versions"]["kerasrec"] == __version__
    assert (told["versions"]["keras"], told["versions"]["backend"]) == (keras.__version__, keras.backend.backend())
    assert told["load"] is None or told["load"] >= 0


def test_graphics_processors_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0", "gpu:0", "gpu:1"])
    assert describe_surroundings()["machine"].endswith(", 2 GPU")
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    assert "GPU" not in describe_surroundings()["machine"]
