"""Describes the machine and the versions of the packages."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_MATRIX_FLAGS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16", "avx512f": "AVX-512"}


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Returns the processor, its instructions for matrix products, the current load and the versions, as text."""
    processor, flags = read_cpuinfo(cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else "")
    return {
        "processor": f"{processor}, {usable_cores()} cores",
        "instructions": ", ".join(f"{name} {'yes' if flag in flags else 'no'}" for flag, name in _MATRIX_FLAGS.items()),
        "load before": f"{os.getloadavg()[0]:.1f} (0 is idle; the figures need an idle machine)",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "kerasrec": ", ".join(f"{name} {version(name)}" for name in ("kerasrec", "tensorflow", "keras", "numpy")),
    }


def read_cpuinfo(text: str) -> tuple[str, frozenset[str]]:
    """Returns the name of the processor and its flags from Linux's /proc/cpuinfo; if empty, Python's name for it."""
    pairs = (line.partition(":") for line in text.splitlines())
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    processor = fields.get("model name") or platform.processor() or platform.machine()
    return processor, frozenset(fields.get("flags", "").split())


def usable_cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
