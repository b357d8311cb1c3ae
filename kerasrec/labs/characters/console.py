"""Shows the progress of a character training: a row per epoch, and a live line below on a terminal."""

from typing import Any, TextIO

from kerasrec.backend import keras
from kerasrec.training.console import Column, LiveTable, clock

_COLUMNS = (
    Column("epoch", 5, 0, lambda row: f"{row['epoch']:.0f}"),
    Column("loss", 7, 3, lambda row: f"{row['loss']:.3f}"),
    Column("accuracy", 8, 4, lambda row: f"{row['accuracy']:.4f}"),
    Column("val loss", 8, 6, lambda row: f"{row['val_loss']:.3f}"),
    Column("val accuracy", 12, 1, lambda row: f"{row['val_accuracy']:.4f}"),
    Column("elapsed", 7, 5, lambda row: clock(row["seconds"])),
    Column("", 4, 2, lambda row: "best" if row["best"] else ""),
)


class ShowEpochs(keras.callbacks.Callback):
    """Writes the table to a stream, and the live line if the stream is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.table = LiveTable(_COLUMNS, stream)
        self._epoch = 1

    def on_train_begin(self, logs: Any = None) -> None:
        """Writes the header."""
        self.table.write_head()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the epoch's number."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Updates the live line."""
        figures = f"loss {logs['loss']:.3f}  accuracy {logs['accuracy']:.4f}"
        self.table.show(f"Epoch {self._epoch}", (batch + 1) / self.params["steps"], figures)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's row."""
        self.table.write_row({**logs, "epoch": epoch + 1})

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the live line."""
        self.table.close()
