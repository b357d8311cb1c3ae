import json
import os
import platform

import keras
import pytest

from kerasrec import __version__
from kerasrec.training.machine import describe_environment, describe_machine, usable_cores


def test_the_processor_is_named_on_linux(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A Fast One @ 2 GHz\nflags\t: fpu\n\nmodel name\t: Another\n")
    assert describe_machine(cpuinfo) == f"A Fast One @ 2 GHz, {usable_cores()} cores, {platform.system()}"


def test_without_cpuinfo_the_architecture_is_named(tmp_path):
    processor = platform.processor() or platform.machine()
    assert describe_machine(tmp_path / "nothing").startswith(f"{processor}, ")


def test_only_usable_cores_are_counted():
    assert 1 <= usable_cores() <= os.cpu_count()


def test_the_environment_has_the_machine_and_the_versions():
    described = json.loads(json.dumps(describe_environment()))
    assert described["machine"].startswith(describe_machine())
    assert described["versions"]["kerasrec"] == __version__
    assert (described["versions"]["keras"], described["versions"]["backend"]) == (
        keras.__version__,
        keras.backend.backend(),
    )
    assert described["load"] is None or described["load"] >= 0


def test_gpus_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0", "gpu:0", "gpu:1"])
    assert describe_environment()["machine"].endswith(", 2 GPU")
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    assert "GPU" not in describe_environment()["machine"]
