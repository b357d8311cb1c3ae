"""The settings of the Full Stack Deep Learning 2021 labs, whose results are to be compared with."""

from typing import Any

from kerasrec.spec import LineSpec

LAB_LINES: dict[str, Any] = {"overlap_per": "line", "glyph_per": "character", "fixed_width": True}
"""The lines of the labs, by the names in `LineSpec`: one overlap and one glyph per character for each line."""

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
"""Their training, by the names in `TrainSettings`: 10,000 lines made once, Adam at a constant rate, ten epochs."""


def lab_spec(**changes: Any) -> LineSpec:
    """Makes the spec of the labs' lines, changed as asked."""
    return LineSpec(**{**LAB_LINES, **changes})
