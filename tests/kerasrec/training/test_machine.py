import json
import os
import platform

import keras
import pytest

from kerasrec import __version__
from kerasrec.training.machine import describe_machine, describe_surroundings, usable_cores


def test_the_processor_has_its_name_on_linux(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A Fast One @ 2 GHz\nflags\t: fpu\n\nmodel name\t: Another\n")
    assert describe_machine(cpuinfo) == f"A Fast One @ 2 GHz, {usable_cores()} cores, {platform.system()}"


def test_elsewhere_it_has_its_kind(tmp_path):
    processor = platform.processor() or platform.machine()
    assert describe_machine(tmp_path / "nothing").startswith(f"{processor}, ")


def test_the_cores_are_those_that_may_be_used():
    assert 1 <= usable_cores() <= os.cpu_count()


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
