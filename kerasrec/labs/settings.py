"""The settings of the Full Stack Deep Learning 2021 labs, for comparison with their published results."""

from typing import Any

from kerasrec.spec import LineSpec

LAB_LINES: dict[str, Any] = {"overlap_per": "line", "glyph_per": "character", "fixed_width": True}
"""The labs' values of `LineSpec`: each line has one overlap, and one glyph per distinct character."""

LAB_TRAINING: dict[str, Any] = {
    "glyphs": "emnist",
    "text": "brown",
    "split": "lab",
    "augment": 0.0,
    "same_lines": True,
    "epoch_lines": 10_000,
    "validation_lines": 2000,
    "batch_size": 128,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "schedule": "constant",
    "warmup": 0.0,
    "clip_norm": 0.0,
    "patience": 10,
    "epochs": 10,
}
"""The labs' values of `TrainSettings`: 10,000 lines generated once, Adam at a constant rate, 10 epochs."""


def lab_spec(**changes: Any) -> LineSpec:
    """Returns the labs' line spec with some fields changed."""
    return LineSpec(**{**LAB_LINES, **changes})
