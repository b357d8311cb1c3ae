"""A server in a separate process, run through the entry point of the `kerasrec` command."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from kerasrec.serving.client import Client

_READY_SECONDS = 60.0
PORT = 8650


class ServerProcess:
    """`kerasrec serve` on a fixed port; use it in a `with` block.

    Attributes:
        target: The address of its gRPC port.
    """

    def __init__(self, model: Path, *options: str) -> None:
        self.target = f"localhost:{PORT}"
        self._log = tempfile.TemporaryFile("w+")
        command = [sys.executable, "-c", "from kerasrec_cli.main import run; run()", "serve", str(model)]
        ports = ["--name", "lines", "--port", str(PORT), "--rest-port", str(PORT + 1)]
        self._process = subprocess.Popen([*command, *ports, *options], stdout=self._log, stderr=subprocess.STDOUT)

    def __enter__(self) -> Self:
        self.wait_until_ready()
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        self._log.close()

    def wait_until_ready(self) -> None:
        """Waits until the server is ready."""
        with Client(self.target) as client:
            client.wait_until_ready(_READY_SECONDS)

    def kill(self) -> None:
        """Kills the process without a chance to clean up."""
        self._process.kill()
        self._process.wait()

    def memory(self) -> float:
        """Returns the resident memory of the process in MB."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
