"""The lines of a run: composers for training, validation and test whose glyphs and sentences are disjoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.ctc import required_frames
from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.glyphs import GlyphBank, GlyphPool, load_glyphs
from kerasrec.lines import LineComposer
from kerasrec.models import Architecture
from kerasrec.settings import TrainSettings
from kerasrec.text import load_text
from kerasrec.text.corpus import Corpus

CHECKED_LINES = 2000
"""How many lines are checked for room before a training starts; later ones are masked and counted by the loss."""


@dataclass(frozen=True)
class Splits:
    """What a run trains, validates and tests on.

    Attributes:
        bank: The glyphs.
        corpus: The sentences.
        alphabet: The tokens.
        settings: Of the run.
    """

    bank: GlyphBank
    corpus: Corpus
    alphabet: Alphabet
    settings: TrainSettings

    @classmethod
    def load(cls, settings: TrainSettings, data_dir: Path) -> Self:
        """Loads glyphs and sentences; raises what their loaders raise."""
        alphabet = Alphabet() if settings.characters is None else Alphabet(settings.characters)
        bank = load_glyphs(settings.glyphs, data_dir, settings.seed)
        drawable = "".join(c for c in bank.drawable if c in alphabet)
        corpus = load_text(settings.text, drawable, data_dir, settings.keep_punctuation, settings.seed)
        return cls(bank, corpus, alphabet, settings)

    def train(self) -> LineComposer:
        """Composes training lines."""
        return self._composer(self.bank.train, self.corpus.train, 0, self.settings.augment)

    def validation(self) -> LineComposer:
        """Composes the lines that a model is chosen by."""
        return self._composer(self.bank.validation, self.corpus.validation, 1)

    def test(self) -> LineComposer:
        """Composes the lines that results are reported on."""
        return self._composer(self.bank.test, self.corpus.test, 2)

    def _composer(self, pool: GlyphPool, sentences: Sequence[str], stream: int, augment: float = 0.0) -> LineComposer:
        seed = 3 * self.settings.seed + stream
        return LineComposer(pool, sentences, self.alphabet, self.settings.spec, seed, augment)


def check_feasible(architecture: Architecture, composer: LineComposer) -> None:
    """Checks that the first lines have frames enough for their labels.

    Raises:
        UsageError: The model's window fits into none of them.
        InfeasibleLine: One has too few; it is named.
    """
    labels, lengths, widths = (x.numpy() for x in composer.labels(tf.range(CHECKED_LINES, dtype=tf.int64)))
    needed = np.asarray(required_frames(labels, lengths))
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
