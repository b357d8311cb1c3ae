"""Whether a model can be trained on the lines of a run: its frames must have room for their labels."""

import numpy as np
import tensorflow as tf

from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.lines.composer import LineComposer
from kerasrec.models import Architecture
from kerasrec.objectives import make_objective
from kerasrec.training.settings import TrainSettings

CHECKED_LINES = 2000
"""How many lines are checked for room before a training starts; later ones are masked and counted by the loss."""


def check_feasible(architecture: Architecture, settings: TrainSettings, composer: LineComposer) -> None:
    """Checks that a model can be trained as the settings say, and that the first lines have frames enough.

    Raises:
        UsageError: It cannot be trained for the objective, or its window fits into none of the lines.
        InfeasibleLine: A line has too few frames for its label; it is named.
    """
    objective = make_objective(settings.objective, architecture, settings.spec)
    objective.check(architecture, settings.spec, settings.limit_output_length)
    labels, lengths, widths = (x.numpy() for x in composer.labels(tf.range(CHECKED_LINES, dtype=tf.int64)))
    needed = np.asarray(objective.required_frames(labels, lengths))
    frames = np.asarray(architecture.frames(widths))
    if np.all(needed <= frames):
        return
    if frames.max() < 1:
        raise UsageError(
            f"The model reads windows of {architecture.window} px, and the widest of the lines has {widths.max()} px: "
            "it has no frame. Lower the model's window_width, or raise --max-length."
        )
    worst = int(np.argmax(needed - frames))
    raise InfeasibleLine(
        f"Line {worst}, {composer.alphabet.decode(labels[worst].tolist())!r}, needs {needed[worst]} frames (one a "
        f"character, one more between equal neighbours), but at {widths[worst]} px the model has {frames[worst]}; so "
        f"it is with {np.mean(needed > frames):.1%} of the lines. Lower --max-overlap or the model's window stride, "
        "or draw all lines as wide as the longest with --fixed-width."
    )
