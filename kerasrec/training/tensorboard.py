"""Logs to TensorBoard: the scalars of each epoch and an image of some validation lines with their readings."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from kerasrec.backend import keras
from kerasrec.errors import CannotWrite, plain_reason
from kerasrec.training.progress import Progress

Sheet = Callable[[Path, Sequence[np.ndarray], Sequence[tuple[str, str | None, float | None]]], None]
"""Draws lines with their truth, reading and confidence into a PNG file, as `kerasrec.plots.line_sheet` does."""


class TensorBoardLog(keras.callbacks.Callback):
    """Writes event files for TensorBoard; a resumed run adds one to the same folder.

    Args:
        progress: The progress of the run. A callback before this one must add each epoch's row to its history.
        folder: The folder of the log.
        sheet: Draws the image.
    """

    def __init__(self, progress: Progress, folder: Path, sheet: Sheet) -> None:
        super().__init__()
        self.progress, self.folder, self.sheet = progress, folder, sheet
        self._writer: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the log.

        Raises:
            CannotWrite: The folder cannot be created or written to. If the disk fills up later, only the log is lost.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.summary.create_file_writer(str(self.folder))
        except (OSError, tf.errors.OpError) as error:
            raise CannotWrite(
                f"{self.folder} cannot hold a log for TensorBoard: {plain_reason(str(error))}. "
                "Check the rights of the folder, or train without --tensorboard."
            ) from error

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's row of the history and the image; their step is the number of batches."""
        row = self.progress.history[-1]
        with self._writer.as_default(step=self.progress.step):
            for name, value in row.items():
                tf.summary.scalar(name, value)
            tf.summary.image("validation", self._picture()[None])
        self._writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the log."""
        if self._writer is not None:
            self._writer.close()

    def _picture(self) -> np.ndarray:
        """Returns an image of the latest validation's samples, (H, W, 3) uint8."""
        samples = self.progress.samples
        captions = [(sample.truth, sample.read, sample.confidence) for sample in samples]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "validation.png")
            self.sheet(file, [sample.line for sample in samples], captions)
            with Image.open(file) as image:
                return np.asarray(image.convert("RGB"))
