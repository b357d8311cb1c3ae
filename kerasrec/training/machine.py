"""Describes where a time was measured: the machine, its load and the versions of the libraries."""

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kerasrec import __version__
from kerasrec.backend import keras

_LIBRARIES = ("keras", "tensorflow", "numpy")


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Describes the processor, the cores that this process may use and the operating system.

    Args:
        cpuinfo: Linux's list of processors. Without it only the processor's architecture is known.
    """
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(names, "") or platform.processor() or platform.machine()
    cores = usable_cores()
    return f"{processor}, {cores} core{'s' if cores > 1 else ''}, {platform.system()}"


def usable_cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_environment() -> dict[str, Any]:
    """Returns the machine and its GPUs, its load, the library versions and the date, as plain JSON values."""
    gpus = sum("gpu" in device.lower() for device in keras.distribution.list_devices())
    return {
        "machine": describe_machine() + (f", {gpus} GPU" if gpus else ""),
        "load": round(os.getloadavg()[2], 1) if hasattr(os, "getloadavg") else None,
        "versions": {
            "kerasrec": __version__,
            "python": platform.python_version(),
            "backend": keras.backend.backend(),
            **{package: version(package) for package in _LIBRARIES},
        },
        "date": date.today().isoformat(),
    }
