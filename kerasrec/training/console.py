"""Shows the progress of a training run: a table with a row per epoch, and a live line below it on a terminal."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

import rich.console
import rich.constrain
import rich.live
import rich.progress
import rich.table

from kerasrec.backend import keras
from kerasrec.training.progress import Progress


@dataclass(frozen=True)
class Column:
    """A table column; on a narrow terminal the columns of the highest rank are dropped first."""

    title: str
    width: int
    rank: int
    show: Callable[[Mapping[str, Any]], str]


class LiveTable:
    """Writes a table to a stream, with a live line below it if the stream is a terminal.

    Args:
        columns: The columns of the table; a terminal shows those that fit.
        stream: The stream to write to.
    """

    def __init__(self, columns: Sequence[Column], stream: TextIO) -> None:
        # With FORCE_COLOR set, rich alone would treat a log file as a terminal.
        self.console = console = rich.console.Console(file=stream, force_terminal=stream.isatty())
        self._columns = fitting_columns(columns, console.width) if console.is_terminal else columns
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}", markup=False),
            rich.progress.BarColumn(None, table_column=rich.table.Column(max_width=30)),
            rich.progress.TaskProgressColumn(),
            rich.progress.TextColumn("{task.fields[figures]}", markup=False),
            console=console,
        )
        self._task = self._bar.add_task("", total=1.0, figures="")
        self.live = rich.live.Live(
            console=console,
            # The ^C that a terminal echoes must not wrap, or the live line could not be removed.
            get_renderable=lambda: rich.constrain.Constrain(self._bar, console.width - len("^C")),
            refresh_per_second=2,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def write_head(self) -> None:
        """Writes the header row."""
        self.write(" ".join(column.title.rjust(column.width) for column in self._columns))

    def write_row(self, row: Mapping[str, Any]) -> None:
        """Writes a row."""
        self.write(" ".join(column.show(row).rjust(column.width) for column in self._columns))

    def write(self, line: str) -> None:
        """Writes a line above the live line."""
        self.console.out(line.rstrip(), highlight=False)

    def show(self, head: str, share: float, figures: str = "") -> None:
        """Shows the live line: a title, a bar for a share from 0 to 1, and figures."""
        self._bar.update(self._task, description=head, completed=share, figures=figures)
        if self.console.is_interactive:
            self.live.start(refresh=True)

    def close(self) -> None:
        """Removes the live line."""
        self.live.stop()


def fitting_columns(columns: Sequence[Column], width: int) -> Sequence[Column]:
    """Returns the columns that fit into a width in characters."""
    while sum(column.width + 1 for column in columns) > width and len(columns) > 1:
        last = max(columns, key=lambda column: column.rank)
        columns = tuple(column for column in columns if column is not last)
    return columns


def clock(seconds: float | None) -> str:
    """Formats seconds as h:mm:ss or m:ss.

    >>> clock(7), clock(754.6), clock(3723), clock(None)
    ('0:07', '12:35', '1:02:03', '?')
    """
    if seconds is None:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


_COLUMNS: tuple[Column, ...] = (
    Column("epoch", 5, 0, lambda row: f"{row['epoch']:.0f}"),
    Column("lines", 10, 7, lambda row: f"{row['lines']:,.0f}"),
    Column("lines/s", 7, 5, lambda row: f"{row['lines_per_s']:,.0f}"),
    Column("loss", 7, 3, lambda row: f"{row['loss']:z.3f}"),
    Column("val loss", 8, 8, lambda row: f"{row['val_loss']:z.3f}"),
    Column("val CER", 7, 1, lambda row: f"{row['val_cer']:.2%}"),
    Column("lab CER", 7, 9, lambda row: f"{row['val_lab_cer']:.2%}"),
    Column("rate", 7, 10, lambda row: f"{row['learning_rate']:.1e}"),
    Column("elapsed", 7, 6, lambda row: clock(row["seconds"])),
    Column("left", 7, 4, lambda row: clock(row["left"])),
    Column("", 4, 2, lambda row: "best" if row["best"] else ""),
)


class ShowProgress(keras.callbacks.Callback):
    """Writes the table to a stream, and the live line if the stream is a terminal.

    Args:
        progress: The progress of the run. A callback before this one must add each epoch's row to its history.
        stream: The stream to write to.
    """

    def __init__(self, progress: Progress, stream: TextIO) -> None:
        super().__init__()
        self.progress, self.table = progress, LiveTable(_COLUMNS, stream)
        self._begin: tuple[int, float] | None = None  # the step and the time from which the speed is measured

    def on_train_begin(self, logs: Any = None) -> None:
        """Writes the header."""
        if self.progress.history:
            self.table.write(f"Continuing after epoch {len(self.progress.history)}, step {self.progress.step:,}.")
        self.table.write_head()
        self.table.show("Preparing the first step ...", self.progress.share())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restarts the measurement of the speed."""
        self._begin = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Updates the live line."""
        now = time.perf_counter()
        self._begin = self._begin or (self.progress.step, now)  # the first step traces the graph and is slow
        head, share = f"Epoch {len(self.progress.history) + 1}", self.progress.share()
        if self.model.stop_training or batch + 1 == self.params["steps"]:
            self.table.show(f"{head}: reading the validation lines ...", share)
        else:
            self.table.show(head, share, self._figures(logs["loss"], now))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's row."""
        progress = self.progress
        row = progress.history[-1]
        shown = {**row, "left": progress.left(), "best": progress.best_epoch == len(progress.history)}
        self.table.write_row(shown)
        if row["infeasible"]:
            infeasible = f"{row['infeasible']:,.0f} lines"
            self.table.write(f"      {infeasible} had too few frames for their text and were masked.")

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the live line and reports if training stopped before the budget was spent."""
        self.table.close()
        best = self.progress.best_epoch
        if self.progress.is_over() and self.progress.share() < 1:
            self.table.write(f"No better val CER since epoch {best}: stopped before the budget was spent.")

    def _figures(self, loss: float, now: float) -> str:
        """Formats lines/s, the epoch's loss so far and the time left."""
        progress = self.progress
        step, begin = self._begin or (progress.step, now)
        lines = (progress.step - step) * progress.settings.batch_size
        if not lines:
            return f"loss {loss:z.3f}"
        return f"{lines / (now - begin):,.0f} lines/s  loss {loss:z.3f}  {clock(progress.left())} left"
