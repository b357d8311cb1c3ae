"""The machine that something was measured on, in words: figures in minutes and milliseconds belong to it."""

import os
import platform
from pathlib import Path


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor, the cores that this process may use, and the system.

    Args:
        cpuinfo: Linux's list of the processors; elsewhere Python knows the processor's kind alone.
    """
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(names, "") or platform.processor() or platform.machine()
    cores = usable_cores()
    return f"{processor}, {cores} core{'s' if cores > 1 else ''}, {platform.system()}"


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
