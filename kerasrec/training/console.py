"""Shows a training run: a table with a row for each epoch, and on a terminal a live line beneath it."""

import time
from typing import Any, TextIO

import keras

from kerasrec.training.live_table import REFRESH, Column, LiveTable, clock, status
from kerasrec.training.progress import Progress

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
    """Writes the table to a stream, and the live line where that is a terminal.

    Args:
        progress: Of the run; its history has a row for each epoch before this callback is told of the epoch's end.
        stream: Where to write.
    """

    def __init__(self, progress: Progress, stream: TextIO) -> None:
        super().__init__()
        self.progress, self.table = progress, LiveTable(_COLUMNS, stream)
        self._refreshed = 0.0
        self._begin: tuple[int, float] | None = None  # step and time at which the speed is measured from

    def on_train_begin(self, logs: Any = None) -> None:
        """Writes the header."""
        if self.progress.history:
            self.table.write(f"Going on after epoch {len(self.progress.history)}, step {self.progress.step:,}.")
        self.table.write_head()
        self.table.show("Preparing the first step ...")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Measures the speed anew."""
        self._begin = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Renews the live line when it is time to."""
        if not self.table.live:
            return
        now = time.perf_counter()
        self._begin = self._begin or (self.progress.step, now)  # the first step prepares the graph, and is slow
        if self.model.stop_training or batch + 1 == self.params["steps"]:
            self.table.show(f"Epoch {len(self.progress.history) + 1}: reading the validation lines ...")
        elif now - self._refreshed >= REFRESH:
            self._refreshed = now
            self.table.show(self._status(logs["loss"], now))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's row."""
        progress = self.progress
        row = progress.history[-1]
        shown = {**row, "left": progress.left(), "best": progress.best_epoch == len(progress.history)}
        self.table.write_row(shown)
        if row["infeasible"]:
            infeasible = f"{row['infeasible']:,.0f} lines"
            self.table.write(f"      {infeasible} had too few frames for their text, and were masked.")

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the live line, and says so if the training ended before its budget."""
        self.table.show("")
        best = self.progress.best_epoch
        if self.progress.is_over() and self.progress.share() < 1:
            self.table.write(f"No better val CER since epoch {best}: stopped before the budget's end.")

    def _status(self, loss: float, now: float) -> str:
        """The live line: the epoch, a bar over the budget, lines/s, the epoch's loss so far and the time left."""
        progress = self.progress
        step, begin = self._begin or (progress.step, now)
        lines = (progress.step - step) * progress.settings.batch_size
        speed = f"  {lines / (now - begin):,.0f} lines/s" if lines else ""
        left = f"  {clock(progress.left())} left" if lines else ""
        return status(f"Epoch {len(progress.history) + 1}", progress.share(), f"{speed}  loss {loss:z.3f}{left}")
