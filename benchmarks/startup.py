"""Measures the command: the time of `kerasrec --help`, and the memory of a training."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.material import Material
from benchmarks.plan import Plan, Samples
from benchmarks.row import Row

_HELP_SECONDS, _MEMORY_GIB = 0.3, 3.0
_KIB_IN_GIB, _BYTES_IN_GIB = 2**20, 2**30

# A forked process inherits its parent's peak memory, so a small process in between starts the command.
_PEAK_OF = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Startup:
    """Times the command's start in every round, and measures the memory of a training in the first."""

    def __init__(self, material: Material, plan: Plan) -> None:
        """Starts the command once, so that its files are in the file cache."""
        self.material, self.plan = material, plan
        self.command = str(Path(sys.executable).with_name("kerasrec"))
        self.samples = Samples()
        time_help(self.command)

    def round(self) -> None:
        """Times the start of the command a few times."""
        for _ in range(self.plan.starts):
            self.samples.add(time_help(self.command), "help")
        if self.samples.median("memory") is None:
            self.samples.add(self._memory(), "memory")

    def rows(self) -> list[Row]:
        """Both figures with their limits."""
        return [
            Row("kerasrec --help", "s", self.samples.median("help") or 0.0, limit=_HELP_SECONDS),
            Row("peak memory of kerasrec train", "GiB", self.samples.median("memory") or 0.0, limit=_MEMORY_GIB),
        ]

    def _memory(self) -> float:
        """The peak memory of a short training of the default model, validation and test included, in GiB."""
        settings, lines = self.material.settings(), self.plan.train_lines
        command = [self.command, "train", "--epochs", "1", "--out", str(self.material.folder / "run")]
        command += ["--glyphs", settings.glyphs, "--text", settings.text, "--data-dir", str(self.material.data_dir)]
        command += ["--epoch-lines", str(lines), "--validation-lines", str(lines // 2), "--test-lines", str(lines // 2)]
        done = subprocess.run([sys.executable, "-c", _PEAK_OF, *command], capture_output=True, text=True, check=True)
        return int(done.stdout) / (_BYTES_IN_GIB if sys.platform == "darwin" else _KIB_IN_GIB)


def time_help(command: str) -> float:
    """Returns the duration of `kerasrec --help` in seconds."""
    start = time.perf_counter()
    subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True, env={**os.environ, "COLUMNS": "120"})
    return time.perf_counter() - start
