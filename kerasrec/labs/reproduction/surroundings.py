"""What figures in seconds belong to: the machine, what else it did, and the versions of what computed."""

import os
import platform
from datetime import date
from importlib.metadata import version
from typing import Any

import keras

from kerasrec import __version__
from kerasrec.training.machine import describe_machine

_COMPUTES = ("keras", "tensorflow", "numpy")


def describe_surroundings() -> dict[str, Any]:
    """The machine, its load, versions and the date, by their names in `Training`."""
    gpus = sum("gpu" in device.lower() for device in keras.distribution.list_devices())
    return {
        "machine": describe_machine() + (f", {gpus} GPU" if gpus else ""),
        "load": round(os.getloadavg()[2], 1) if hasattr(os, "getloadavg") else None,
        "versions": {
            "kerasrec": __version__,
            "python": platform.python_version(),
            "backend": keras.backend.backend(),
            **{package: version(package) for package in _COMPUTES},
        },
        "date": date.today().isoformat(),
    }
