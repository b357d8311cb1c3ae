"""A table that grows row by row, and on a terminal a live line beneath it."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

REFRESH = 0.5
"""Seconds from one live line to the next."""

_BAR = 30  # characters of the widest bar


@dataclass(frozen=True)
class Column:
    """A column of a table; where the terminal is narrow, those of the highest rank are left out first."""

    title: str
    width: int
    rank: int
    show: Callable[[Mapping[str, Any]], str]


class LiveTable:
    """Writes a table to a stream, and the live line where that is a terminal.

    Args:
        columns: Of the table; where the stream is a terminal, those that fit.
        stream: Where to write.
    """

    def __init__(self, columns: Sequence[Column], stream: TextIO) -> None:
        self.stream, self.live = stream, stream.isatty()
        self._columns = fitting_columns(columns, terminal_width()) if self.live else columns
        self._shown = ""  # the live line that is on the screen

    def write_head(self) -> None:
        """Writes the columns' titles."""
        self.write(" ".join(column.title.rjust(column.width) for column in self._columns))

    def write_row(self, row: Mapping[str, Any]) -> None:
        """Writes a row."""
        self.write(" ".join(column.show(row).rjust(column.width) for column in self._columns))

    def write(self, line: str) -> None:
        """Writes a line for good."""
        self.show("")
        self.stream.write(line.rstrip() + "\n")
        self.stream.flush()

    def show(self, line: str) -> None:
        """Puts a live line in the place of the one before; the empty one removes it."""
        if self.live and (line or self._shown):
            line = line[: terminal_width() - 1]  # a full row would wrap
            self.stream.write("\r" + line.ljust(len(self._shown)) + ("" if line else "\r"))
            self.stream.flush()
            self._shown = line


def fitting_columns(columns: Sequence[Column], width: int) -> Sequence[Column]:
    """The columns that fit into a width in characters."""
    while sum(column.width + 1 for column in columns) > width and len(columns) > 1:
        last = max(columns, key=lambda column: column.rank)
        columns = tuple(column for column in columns if column is not last)
    return columns


def status(head: str, share: float, tail: str) -> str:
    """A live line with a bar for a share of 0 to 1, as wide as there is room for one."""
    tail = f"{share:4.0%}{tail}"
    room = min(_BAR, terminal_width() - len(head) - len(tail) - 6)
    return f"{head}  " + (bar(share, room) + " " if room >= 5 else "") + tail


def bar(share: float, width: int) -> str:
    """Draws a share of 0 to 1.

    >>> bar(0.4, 10)
    '[####......]'
    """
    done = round(share * width)
    return "[" + "#" * done + "." * (width - done) + "]"


def clock(seconds: float | None) -> str:
    """Writes seconds as a clock does.

    >>> clock(7), clock(754.6), clock(3723), clock(None)
    ('0:07', '12:35', '1:02:03', '?')
    """
    if seconds is None:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def terminal_width() -> int:
    """The columns of the terminal."""
    return shutil.get_terminal_size().columns
