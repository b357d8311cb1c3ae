"""`python docs/make_pictures.py RESNET_RUN LSTM_RUN`: draws the pictures of docs/images; see CONTRIBUTING.md.

All lines are test lines of the first run: training saw neither their glyphs nor their sentences.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import platformdirs
import tensorflow as tf

from kerasrec.decoding import Reading
from kerasrec.evaluation.report import read_source
from kerasrec.lines.composer import LineComposer
from kerasrec.plots import Mark, WindowedLine, edit_table, greedy_path, lattice, line_sheet, windows
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import GLYPH_SIZE
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.run import Run

IMAGES = Path(__file__).parent / "images"
SEARCHED = 3000  # test lines that are searched for the texts below
READ_WELL, TIGHT, EVEN = "the bottle", "nothing good", "cigarette"  # line_resnet reads the first and the last correctly
SHORT, MISREAD = "feel", "doctors room"  # line_cnn_lstm is unsure of the first and misreads the second
STRIDES = (28, 20, 12)
OVERLAPS = (0.0, 0.15, 0.33)


@dataclass(frozen=True)
class Line:
    """A test line.

    Attributes:
        text: The truth.
        pixels: (28, w) uint8, ink 255 on 0.
        starts: (L,) int32, the first pixel column of each character's glyph.
    """

    text: str
    pixels: np.ndarray
    starts: np.ndarray

    @classmethod
    def draw(cls, composer: LineComposer, text: str) -> "Line":
        """Draws the first line of a composer that has this text."""
        labels = composer.labels(tf.range(SEARCHED, dtype=tf.int64))[0]
        number = composer.texts(labels.numpy()).index(text)
        batch = {name: tensor.numpy()[0] for name, tensor in composer(tf.constant([number], tf.int64)).items()}
        return cls(text, batch["images"][:, : batch["widths"], 0], batch["starts"][: len(text)])

    def character_at(self, column: float) -> str:
        """Returns the character whose glyph's middle is nearest to a column; "" if none is within half a glyph."""
        distances = abs(self.starts + GLYPH_SIZE / 2 - column)
        nearest = int(distances.argmin())
        return self.text[nearest] if distances[nearest] < GLYPH_SIZE / 2 else ""


@dataclass(frozen=True)
class Frames:
    """A recognizer's output for a line: log-probabilities (T, K), the frames' centres (T,) in pixels, the reading."""

    log_probs: np.ndarray
    centres: np.ndarray
    reading: Reading

    @classmethod
    def of(cls, recognizer: Recognizer, pixels: np.ndarray) -> "Frames":
        """Reads a line, and keeps the frames whose centre is on it."""
        images, widths = recognizer.to_batch([pixels])
        log_probs = recognizer.log_probs(images, widths)
        (reading,) = recognizer.decode(log_probs, widths)
        centres = recognizer.architecture.offset + recognizer.architecture.stride * np.arange(log_probs.shape[1])
        seen = centres < pixels.shape[1]
        return cls(log_probs[0, seen], centres[seen], reading)


def draw_reading(resnet: Recognizer, lines: LineComposer) -> None:
    """Draws the decoding of a line that is read correctly."""
    line = Line.draw(lines, READ_WELL)
    frames = Frames.of(resnet, line.pixels)
    greedy_path(IMAGES / "greedy.png", line.pixels, frames.log_probs, resnet.alphabet, frames.centres)


def draw_doubts(lstm: Recognizer, lines: LineComposer) -> None:
    """Draws the paths of a short line, and the decoding and the edit distance of a line that is misread."""
    line = Line.draw(lines, SHORT)
    frames = Frames.of(lstm, line.pixels)
    lattice(IMAGES / "paths.png", line.pixels, frames.log_probs, SHORT, lstm.alphabet, frames.centres)
    line = Line.draw(lines, MISREAD)
    frames = Frames.of(lstm, line.pixels)
    greedy_path(IMAGES / "misread.png", line.pixels, frames.log_probs, lstm.alphabet, frames.centres)
    edit_table(IMAGES / "edits.png", line.text, frames.reading.text)


def draw_strides(lines: LineComposer) -> None:
    """Draws a line under windows at several strides."""
    line = Line.draw(lines, TIGHT)
    needed = len(TIGHT) + sum(a == b for a, b in zip(TIGHT, TIGHT[1:], strict=False))
    windows(IMAGES / "strides.png", [_under_windows(line, stride, needed) for stride in STRIDES])


def _under_windows(line: Line, stride: int, needed: int) -> WindowedLine:
    count = (line.pixels.shape[1] - GLYPH_SIZE) // stride + 1
    title = f"window {GLYPH_SIZE} px, stride {stride} px: {count} windows; “{line.text}” needs {needed} frames"
    middles = [stride * t + GLYPH_SIZE / 2 for t in range(count)]
    seen = [Mark(middle, line.character_at(middle)) for middle in middles]
    return WindowedLine(title, line.pixels, GLYPH_SIZE, stride, count, [("nearest", seen)])


def draw_overlaps(resnet: Recognizer, splits: ComposedSplits) -> None:
    """Draws the same glyphs at several overlaps under the same windows, with the label of each and what CTC read."""
    rows = []
    for overlap in OVERLAPS:
        spec = replace(splits.settings.spec, min_overlap=overlap, max_overlap=overlap)
        composer = replace(splits, settings=replace(splits.settings, spec=spec)).test()
        line = Line.draw(composer, EVEN)
        rows.append(_under_positions(line, overlap, Frames.of(resnet, line.pixels).reading))
    windows(IMAGES / "overlaps.png", rows)


def _under_positions(line: Line, overlap: float, reading: Reading) -> WindowedLine:
    middles = [GLYPH_SIZE * (t + 0.5) for t in range(len(line.text))]
    nearest = [line.character_at(middle) for middle in middles]
    wrong = [seen != label for seen, label in zip(nearest, line.text, strict=True)]
    labels = [Mark(*mark) for mark in zip(middles, line.text, wrong, strict=True)]
    seen = [Mark(*mark) for mark in zip(middles, nearest, wrong, strict=True)]
    read = [Mark((each.start + each.end) / 2, each.text) for each in reading.characters]
    title = f"overlap {overlap}: a glyph every {line.starts[1] - line.starts[0]} px; CTC reads “{reading.text}”"
    rows = [("label", labels), ("nearest", seen), ("CTC", read)]
    return WindowedLine(title, line.pixels, GLYPH_SIZE, GLYPH_SIZE, len(line.text), rows)


def draw_report(run: Run, recognizer: Recognizer, splits: ComposedSplits) -> None:
    """Draws test lines, and copies the pictures of the run's own report."""
    readings = read_source(recognizer, splits.test(), 400)
    chosen = readings.select(np.linspace(60, 399, 9).astype(int).tolist())
    line_sheet(IMAGES / "lines.png", chosen.lines, chosen.captions)
    for name in ("curves.png", "alignment.png", "confusions.png"):
        shutil.copyfile(run.folder / name, IMAGES / name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draws all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("resnet_run", type=Path)
    parser.add_argument("lstm_run", type=Path)
    parser.add_argument("--data-dir", type=Path, default=platformdirs.user_cache_path("kerasrec"))
    options = parser.parse_args(arguments)
    run, lstm_run = Run.open(options.resnet_run), Run.open(options.lstm_run)
    splits = ComposedSplits.load(run.settings(), options.data_dir)
    resnet, lines = run.recognizer(), splits.test()
    draw_reading(resnet, lines)
    draw_doubts(lstm_run.recognizer(), lines)
    draw_strides(lines)
    draw_overlaps(resnet, splits)
    draw_report(run, resnet, splits)


if __name__ == "__main__":
    main()
