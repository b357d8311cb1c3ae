"""Measures the commands: the wall and processor time that each takes to start, and the memory of a training."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.material import Material
from benchmarks.picture_speed import PICTURES, RECOGNIZER
from benchmarks.plan import Plan, Samples
from benchmarks.row import Row

_HELP_SECONDS, _MEMORY_GIB = 0.3, 3.0
_KIB_IN_GIB, _BYTES_IN_GIB = 2**20, 2**30

# A forked process inherits its parent's peak memory, so a small process in between starts the command.
_MEASURE = """
import json, os, subprocess, sys, time
ready, *command = sys.argv[1:]
start = time.perf_counter()
process = subprocess.Popen(command, stdout=subprocess.PIPE)
is_ready = any(ready and ready.encode() in line for line in process.stdout)
if is_ready:
    wall = time.perf_counter() - start
    process.kill()
_, status, usage = os.wait4(process.pid, 0)
if not is_ready:
    wall = time.perf_counter() - start
    if ready or status:
        sys.exit(f"{command} failed or was not ready")
print(json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""


class Usage(NamedTuple):
    """What a command used.

    Attributes:
        wall: Seconds until it ended or was ready.
        processor: The seconds of processor time, of all cores together.
        memory: The peak resident memory in GiB.
    """

    wall: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Command:
    """A command to time.

    Attributes:
        name: Its name in the table.
        arguments: Its arguments.
        ready: The text of the line that it prints when it is ready, and then killed; "" if it ends by itself.
        is_slow: Whether it runs only once in a round.
    """

    name: str
    arguments: tuple[str, ...]
    ready: str = ""
    is_slow: bool = False


class Startup:
    """Times the commands in every round, and measures the memory of a training in the first."""

    def __init__(self, material: Material, plan: Plan) -> None:
        """Runs the quick commands once, so that their files are in the file cache."""
        self.material, self.plan = material, plan
        self.command = str(Path(sys.executable).with_name("kerasrec"))
        self.commands = list_commands(material.folder)
        self.samples = Samples()
        for command in self.commands:
            if not command.is_slow:
                self._measure(command)

    def round(self) -> None:
        """Times the quick commands a few times and the slow ones once."""
        for command in self.commands:
            for _ in range(1 if command.is_slow else self.plan.starts):
                usage = self._measure(command)
                self.samples.add(usage.wall, command.name, "wall")
                self.samples.add(usage.processor, command.name, "processor")
        if self.samples.median("memory") is None:
            self.samples.add(self._memory(), "memory")

    def rows(self) -> list[Row]:
        """Two rows for each command, and one for the memory."""
        rows = []
        for command in self.commands:
            wall, processor = (self.samples.median(command.name, each) or 0.0 for each in ("wall", "processor"))
            limit = _HELP_SECONDS if command.name == "kerasrec --help" else None
            rows.append(Row(command.name, "s", wall, limit=limit))
            rows.append(Row(f"{command.name}, processor time", "s", processor))
        memory = self.samples.median("memory") or 0.0
        return [*rows, Row("peak memory of kerasrec train", "GiB", memory, limit=_MEMORY_GIB)]

    def _measure(self, command: Command) -> Usage:
        return measure([self.command, *command.arguments], command.ready)

    def _memory(self) -> float:
        """The peak memory of a short training of the default model, validation and test included, in GiB."""
        settings, lines = self.material.settings(), self.plan.train_lines
        command = [self.command, "train", "--epochs", "1", "--out", str(self.material.folder / "run")]
        command += ["--glyphs", settings.glyphs, "--text", settings.text, "--data-dir", str(self.material.data_dir)]
        command += ["--epoch-lines", str(lines), "--validation-lines", str(lines // 2), "--test-lines", str(lines // 2)]
        return measure(command).memory


def list_commands(folder: Path) -> list[Command]:
    """Lists the commands to time; what is exported to the folder is served from there."""
    name, exported = str(RECOGNIZER), str(folder / "exported")
    read, ports = ("read", name, str(PICTURES[0])), ("--port", "0", "--rest-port", "0")
    return [
        Command("kerasrec --help", ("--help",)),
        Command("kerasrec models", ("models",)),
        Command("kerasrec data stats", ("data", "stats")),
        Command("kerasrec read, ONNX Runtime", (*read, "--engine", "onnx")),
        Command("kerasrec read, TensorFlow", (*read, "--engine", "tensorflow")),
        Command("kerasrec export, ONNX file", ("export", name, str(folder / "exported.onnx")), is_slow=True),
        Command("kerasrec export, SavedModel", ("export", name, exported), is_slow=True),
        Command("kerasrec serve, until ready", ("serve", exported, *ports), ready="Press Ctrl-C", is_slow=True),
    ]


def measure(command: list[str], ready: str = "") -> Usage:
    """Runs a command, until it ends or prints a line with the text `ready`, and returns what it used."""
    environment = {**os.environ, "COLUMNS": "120"}
    program = [sys.executable, "-c", _MEASURE, ready, *command]
    done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    wall, processor, memory = json.loads(done.stdout)
    return Usage(wall, processor, memory / (_BYTES_IN_GIB if sys.platform == "darwin" else _KIB_IN_GIB))
