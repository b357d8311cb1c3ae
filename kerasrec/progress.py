"""Shows a training run: a table with a row for each epoch, and on a terminal a live line beneath it."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

import keras

from kerasrec.budget import Progress

REFRESH = 0.5
"""Seconds from one live line to the next."""

_BAR = 30  # characters of the widest bar


@dataclass(frozen=True)
class _Column:
    """A column of the table; where the terminal is narrow, those of the highest rank are left out first."""

    title: str
    width: int
    rank: int
    show: Callable[[dict[str, Any]], str]


_COLUMNS: tuple[_Column, ...] = (
    _Column("epoch", 5, 0, lambda row: f"{row['epoch']:.0f}"),
    _Column("lines", 10, 7, lambda row: f"{row['lines']:,.0f}"),
    _Column("lines/s", 7, 5, lambda row: f"{row['lines_per_s']:,.0f}"),
    _Column("loss", 7, 3, lambda row: f"{row['loss']:z.3f}"),
    _Column("val loss", 8, 8, lambda row: f"{row['val_loss']:z.3f}"),
    _Column("val CER", 7, 1, lambda row: f"{row['val_cer']:.2%}"),
    _Column("lab CER", 7, 9, lambda row: f"{row['val_lab_cer']:.2%}"),
    _Column("rate", 7, 10, lambda row: f"{row['learning_rate']:.1e}"),
    _Column("elapsed", 7, 6, lambda row: clock(row["seconds"])),
    _Column("left", 7, 4, lambda row: clock(row["left"])),
    _Column("", 4, 2, lambda row: "best" if row["best"] else ""),
)


class ShowProgress(keras.callbacks.Callback):
    """Writes the table to a stream, and the live line where that is a terminal.

    Args:
        progress: Of the run; its history has a row for each epoch before this callback is told of the epoch's end.
        stream: Where to write.
    """

    def __init__(self, progress: Progress, stream: TextIO) -> None:
        super().__init__()
        self.progress, self.stream = progress, stream
        self.live = stream.isatty()
        self._columns = fitting_columns(_width()) if self.live else _COLUMNS
        self._shown = ""  # the live line that is on the screen
        self._refreshed = 0.0
        self._begin: tuple[int, float] | None = None  # step and time at which the speed is measured from

    def on_train_begin(self, logs: Any = None) -> None:
        """Writes the header."""
        if self.progress.history:
            self._write(f"Going on after epoch {len(self.progress.history)}, step {self.progress.step:,}.")
        self._write(" ".join(column.title.rjust(column.width) for column in self._columns))
        self._show("Preparing the first step ...")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Measures the speed anew."""
        self._begin = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Renews the live line when it is time to."""
        if not self.live:
            return
        now = time.perf_counter()
        self._begin = self._begin or (self.progress.step, now)  # the first step prepares the graph, and is slow
        if self.model.stop_training or batch + 1 == self.params["steps"]:
            self._show(f"Epoch {len(self.progress.history) + 1}: reading the validation lines ...")
        elif now - self._refreshed >= REFRESH:
            self._refreshed = now
            self._show(self._status(logs["loss"], now))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's row."""
        progress = self.progress
        row = progress.history[-1]
        shown = {**row, "left": progress.left(), "best": progress.best_epoch == len(progress.history)}
        self._write(" ".join(column.show(shown).rjust(column.width) for column in self._columns))
        if row["infeasible"]:
            self._write(f"      {row['infeasible']:,.0f} lines had too few frames for their text, and were masked.")

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the live line, and says so if the training ended before its budget."""
        self._show("")
        if self.progress.is_over() and self.progress.share() < 1:
            self._write(f"No better val CER since epoch {self.progress.best_epoch}: stopped before the budget's end.")

    def _status(self, loss: float, now: float) -> str:
        """The live line: the epoch, a bar over the budget, lines/s, the epoch's loss so far and the time left."""
        progress = self.progress
        step, begin = self._begin or (progress.step, now)
        lines = (progress.step - step) * progress.settings.batch_size
        speed = f"  {lines / (now - begin):,.0f} lines/s" if lines else ""
        left = f"  {clock(progress.left())} left" if lines else ""
        head, share = f"Epoch {len(progress.history) + 1}  ", progress.share()
        tail = f"{share:4.0%}{speed}  loss {loss:z.3f}{left}"
        room = min(_BAR, _width() - len(head) - len(tail) - 4)
        return head + (bar(share, room) + " " if room >= 5 else "") + tail

    def _show(self, line: str) -> None:
        """Puts a live line in the place of the one before; the empty one removes it."""
        if self.live and (line or self._shown):
            line = line[: _width() - 1]  # a full row would wrap
            self.stream.write("\r" + line.ljust(len(self._shown)) + ("" if line else "\r"))
            self.stream.flush()
            self._shown = line

    def _write(self, line: str) -> None:
        """Writes a line for good."""
        self._show("")
        self.stream.write(line.rstrip() + "\n")
        self.stream.flush()


def fitting_columns(width: int) -> tuple[_Column, ...]:
    """The columns that fit into a width in characters."""
    columns = _COLUMNS
    while sum(column.width + 1 for column in columns) > width and len(columns) > 1:
        last = max(columns, key=lambda column: column.rank)
        columns = tuple(column for column in columns if column is not last)
    return columns


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


def _width() -> int:
    return shutil.get_terminal_size().columns
