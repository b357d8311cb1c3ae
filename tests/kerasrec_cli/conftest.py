"""The command line, run in this process or in its own, and data that loads at once."""

import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from kerasrec_cli import main


@pytest.fixture(scope="session")
def kerasrec() -> Callable[..., Result]:
    """Runs `kerasrec` with arguments: `kerasrec("read", folder, "a.png", input=b"")`."""

    def run(*arguments: object, input: bytes | None = None) -> Result:
        return CliRunner().invoke(main.app, [str(argument) for argument in arguments], input=input)

    return run


PATIENCE = 400
"""Seconds to wait for a command; it takes a few on an idle machine."""

COMMAND = """
import os, sys
file = os.open(log, os.O_WRONLY | os.O_APPEND)
os.dup2(file, 1)
os.dup2(file, 2)
sys.argv = ["kerasrec", *arguments]
from kerasrec_cli.main import run
run()
"""


class Command:
    """A `kerasrec` process."""

    def __init__(self, process: BaseProcess, log: Path) -> None:
        self._process, self._log = process, log

    def output(self) -> str:
        """What it has written to stdout and stderr so far."""
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Waits for a condition that holds while the process runs."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert self._process.is_alive() and time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def send_signal(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def end(self) -> int:
        """Waits for its end, and returns the exit code."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, f"it does not end:\n{self.output()}"
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


@pytest.fixture
def start(fork: Callable[..., BaseProcess], tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts `kerasrec` as a process of its own: `start("tune", ...)`."""
    commands: list[Command] = []

    def run(*arguments: object) -> Command:
        log = tmp_path / f"log{len(commands)}"
        log.touch()
        commands.append(Command(fork(COMMAND, arguments=list(map(str, arguments)), log=str(log)), log))
        return commands[-1]

    yield run
    for command in commands:
        command.kill()


@pytest.fixture(scope="session")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options for a folder of glyphs of two characters and a text file of them, which load at once."""
    folder = tmp_path_factory.mktemp("own")
    for character, rows in (("a", slice(2, 12)), ("b", slice(14, 26))):
        (folder / "glyphs" / character).mkdir(parents=True)
        for number in range(10):
            glyph = np.zeros((28, 28), np.uint8)
            glyph[rows, 4 : 12 + number] = 255
            Image.fromarray(glyph).save(folder / "glyphs" / character / f"{number}.png")
    words = ["ab", "ba", "aab", "bba", "abab", "baba"]
    text = folder / "text.txt"
    text.write_text(
        "\n".join(f"{a} {b} {c}" for a in words for b in words for c in words) + "\na\u00e9b", encoding="utf-8"
    )
    return ["--glyphs", str(folder / "glyphs"), "--text", str(text)]


@pytest.fixture
def own_lines(tmp_path: Path) -> Path:
    """A folder of eight pictures of strokes with their texts."""
    folder = tmp_path / "own"
    folder.mkdir()
    for number in range(8):
        image = np.full((56, 200), 255, np.uint8)
        for column in range(20, 180, 20):
            image[14 + number + column // 20 % 3 : 40, column : column + 8] = 0
        Image.fromarray(image).save(folder / f"w{number % 4}_{number}.png")
        (folder / f"w{number % 4}_{number}.gt.txt").write_text(f"line {number}\n")
    return folder
