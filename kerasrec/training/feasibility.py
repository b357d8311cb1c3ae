"""Checks that a model can be trained on the lines of a run: its frames must have room for the labels."""

import numpy as np
import tensorflow as tf

from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.lines.source import LineSource
from kerasrec.models import Architecture
from kerasrec.objectives import make_objective
from kerasrec.training.settings import TrainSettings

CHECKED_LINES = 2000
"""The number of lines that are checked before training; the loss masks and counts infeasible lines after these."""


def check_feasible(architecture: Architecture, settings: TrainSettings, source: LineSource) -> None:
    """Checks that a model can be trained with the settings, and that it has enough frames for the first lines.

    Raises:
        UsageError: The model cannot be trained for the objective, or its window is wider than every line.
        InfeasibleLine: A line has too few frames for its label; the message names the line.
    """
    objective = make_objective(settings.objective, architecture, settings.spec)
    objective.check(architecture, settings.spec, settings.limit_output_length)
    labels, lengths, widths = (x.numpy() for x in source.labels(tf.range(CHECKED_LINES, dtype=tf.int64)))
    needed = np.asarray(objective.required_frames(labels, lengths))
    frames = np.asarray(architecture.frames(widths))
    if np.all(needed <= frames):
        return
    if frames.max() < 1:
        raise UsageError(
            f"The model reads windows of {architecture.window} px, but the widest line has only {widths.max()} px. "
            "Lower the model's window_width, or raise --max-length."
        )
    worst = int(np.argmax(needed - frames))
    raise InfeasibleLine(
        f"Line {worst}, {source.alphabet.decode(labels[worst].tolist())!r}, needs {needed[worst]} frames (one "
        f"per character, one more between equal neighbours), but at {widths[worst]} px the model has {frames[worst]}. "
        f"This affects {np.mean(needed > frames):.1%} of the lines. Lower --max-overlap or the model's window stride, "
        "or draw all lines as wide as the longest with --fixed-width."
    )
