"""The lines of a run: composers for training, validation and test whose glyphs and sentences are disjoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.glyphs import GlyphBank, GlyphPool, load_glyphs
from kerasrec.lines import LineComposer
from kerasrec.models import Architecture
from kerasrec.objectives import make_objective
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
        bank = load_glyphs(settings.glyphs, data_dir, settings.seed, balance=settings.split == "lab")
        drawable = "".join(c for c in bank.drawable if c in alphabet)
        corpus = load_text(settings.text, drawable, data_dir, settings.keep_punctuation, settings.seed)
        return cls(bank, corpus, alphabet, settings)

    def train(self) -> LineComposer:
        """Composes training lines."""
        return self._composer(self._trained_glyphs, self._sentences("train"), 0, self.settings.augment)

    def validation(self) -> LineComposer:
        """Composes the lines that a model is chosen by."""
        return self._composer(self._validation_glyphs, self._sentences("validation"), 1)

    def test(self) -> LineComposer:
        """Composes the lines that results are reported on."""
        return self._composer(self.bank.test, self._sentences("test"), 2)

    def glyph_counts(self) -> dict[str, int]:
        """How many glyphs the lines of "train", "validation" and "test" are drawn with; the labs share some."""
        pools = (self._trained_glyphs, self._validation_glyphs, self.bank.test)
        return {name: len(pool) for name, pool in zip(("train", "validation", "test"), pools, strict=True)}

    def sentence_counts(self) -> dict[str, int]:
        """How many sentences the lines of "train", "validation" and "test" are drawn from; the labs share all."""
        return {name: len(self._sentences(name)) for name in ("train", "validation", "test")}

    @property
    def _as_in_the_labs(self) -> bool:
        return self.settings.split == "lab"

    @property
    def _trained_glyphs(self) -> GlyphPool:
        return self.bank.train.joined(self.bank.validation) if self._as_in_the_labs else self.bank.train

    @property
    def _validation_glyphs(self) -> GlyphPool:
        return self._trained_glyphs if self._as_in_the_labs else self.bank.validation

    def _sentences(self, split: str) -> Sequence[str]:
        corpus = self.corpus
        if self._as_in_the_labs:
            return (*corpus.train, *corpus.validation, *corpus.test)
        sentences: tuple[str, ...] = getattr(corpus, split)
        return sentences

    def _composer(self, pool: GlyphPool, sentences: Sequence[str], stream: int, augment: float = 0.0) -> LineComposer:
        seed = 3 * self.settings.seed + stream
        return LineComposer(pool, sentences, self.alphabet, self.settings.spec, seed, augment)


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
