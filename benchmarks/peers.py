"""The peers: programs in PyTorch, each run as a process of its own with a Python that has PyTorch."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_VERSIONS = "import numpy, rapidfuzz, torch; print(torch.__version__)"


@dataclass
class Peers:
    """Runs peers, or knows why not.

    Attributes:
        folder: Where their programs are.
        python: A Python that has PyTorch, NumPy and RapidFuzz.
        version: Of PyTorch; "" where peers cannot be run.
        notes: Why comparisons are missing, one sentence each.
    """

    folder: Path
    python: Path | None
    version: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.python is None:
            self._note("no Python with PyTorch is named; give --peer-python or set KERASREC_PEER_PYTHON")
        elif not self.folder.is_dir():
            self._note(f"their folder {self.folder} is missing; give --peers")
        else:
            self.version = self._output([str(self.python), "-c", _VERSIONS]).strip()

    def run(self, program: str, *arguments: str) -> str:
        """What a peer prints; "" and a note where it cannot be run or fails."""
        if not self.version:
            return ""
        return self._output([str(self.python), str(self.folder / program), *arguments])

    def figures(self, program: str, *arguments: str) -> list[dict[str, Any]]:
        """What a peer prints as JSON lines; nothing where it cannot be run or fails."""
        return [json.loads(line) for line in self.run(program, *arguments).splitlines()]

    def _output(self, command: list[str]) -> str:
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except OSError as error:
            self._note(f"{command[0]} cannot be run: {error.strerror}")
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["without a word"])[-1]
            self._note(f"`{' '.join(command)}` ended with code {error.returncode}: {last}")
        return ""

    def _note(self, reason: str) -> None:
        note = f"The PyTorch peers were not timed: {reason}."
        if note not in self.notes:
            self.notes.append(note)
