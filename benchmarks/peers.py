"""The peers: PyTorch programs, each run in a separate process by a Python that has PyTorch."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_VERSIONS = "import numpy, rapidfuzz, torch; print(torch.__version__)"


@dataclass
class Peers:
    """Runs peers, or records why they cannot be run.

    Attributes:
        folder: The folder of their programs.
        python: A Python that has PyTorch, NumPy and RapidFuzz.
        version: The version of PyTorch; "" if peers cannot be run.
        notes: The reasons for missing comparisons, one sentence each.
    """

    folder: Path
    python: Path | None
    version: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.python is None:
            self._note("no Python with PyTorch is set; use --peer-python or KERASREC_PEER_PYTHON")
        elif not self.folder.is_dir():
            self._note(f"their folder {self.folder} does not exist; use --peers")
        else:
            self.version = self._output([str(self.python), "-c", _VERSIONS]).strip()

    def run(self, program: str, *arguments: str) -> str:
        """Returns a peer's output; "" with a note if it cannot be run or fails."""
        if not self.version:
            return ""
        return self._output([str(self.python), str(self.folder / program), *arguments])

    def figures(self, program: str, *arguments: str) -> list[dict[str, Any]]:
        """Returns the JSON lines that a peer prints; none if it cannot be run or fails."""
        return _parse(self.run(program, *arguments))

    def evaluate(self, code: str, *arguments: str) -> list[dict[str, Any]]:
        """Returns the JSON lines that Python code prints under the peers' Python; none if it cannot be run or fails."""
        return _parse(self._output([str(self.python), "-c", code, *arguments])) if self.version else []

    def _output(self, command: list[str]) -> str:
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        except OSError as error:
            self._note(f"{command[0]} cannot be run: {error.strerror}")
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["no error message"])[-1]
            shown = " ".join(part for part in command if "\n" not in part)  # without code
            self._note(f"`{shown}` exited with code {error.returncode}: {last}", "A PyTorch peer was not timed")
        return ""

    def _note(self, reason: str, what: str = "The PyTorch peers were not timed") -> None:
        note = f"{what}: {reason}."
        if note not in self.notes:
            self.notes.append(note)


def _parse(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]
