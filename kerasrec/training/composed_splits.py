"""The composed lines of a run: composers of training, validation and test lines from disjoint glyphs and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kerasrec.alphabet import Alphabet
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.glyphs import GlyphBank, GlyphPool, load_glyphs
from kerasrec.lines.text import load_text
from kerasrec.lines.text.corpus import Corpus
from kerasrec.training.settings import TrainSettings


@dataclass(frozen=True)
class ComposedSplits:
    """The data that a run trains, validates and tests on.

    Attributes:
        bank: The glyphs.
        corpus: The sentences.
        alphabet: The alphabet of the labels.
        settings: The settings of the run.
    """

    bank: GlyphBank
    corpus: Corpus
    alphabet: Alphabet
    settings: TrainSettings

    @classmethod
    def load(cls, settings: TrainSettings, data_dir: Path) -> Self:
        """Loads glyphs and sentences; raises the errors of `load_glyphs` and `load_text`."""
        alphabet = Alphabet() if settings.characters is None else Alphabet(settings.characters)
        bank = load_glyphs(settings.glyphs, data_dir, settings.seed, balance=settings.split == "lab")
        drawable = "".join(c for c in bank.drawable if c in alphabet)
        corpus = load_text(settings.text, drawable, data_dir, settings.keep_punctuation, settings.seed)
        return cls(bank, corpus, alphabet, settings)

    def train(self) -> LineComposer:
        """Returns the composer of the training lines."""
        return self._composer(self._trained_glyphs, self._sentences("train"), 0, self.settings.augment)

    def validation(self) -> LineComposer:
        """Returns the composer of the lines by which the best epoch is chosen."""
        return self._composer(self._validation_glyphs, self._sentences("validation"), 1)

    def test(self) -> LineComposer:
        """Returns the composer of the lines on which results are reported."""
        return self._composer(self.bank.test, self._sentences("test"), 2)

    def glyph_counts(self) -> dict[str, int]:
        """Returns the number of glyphs of "train", "validation" and "test"; the labs' splits share some."""
        pools = (self._trained_glyphs, self._validation_glyphs, self.bank.test)
        return {name: len(pool) for name, pool in zip(("train", "validation", "test"), pools, strict=True)}

    def sentence_counts(self) -> dict[str, int]:
        """Returns the number of sentences of "train", "validation" and "test"; the labs' splits share all."""
        return {name: len(self._sentences(name)) for name in ("train", "validation", "test")}

    @property
    def unseen(self) -> str:
        """What the test has that training has not."""
        return "glyphs it never saw" if self._uses_lab_split else "glyphs and sentences it never saw"

    def describe(self) -> list[str]:
        """Describes the model, its data and what was left out of them, as lines of text."""
        sentences = self.sentence_counts()
        lines = [f"{self.settings.model} on {self.bank.name} glyphs and {self.corpus.name} text"]
        for name, glyphs in self.glyph_counts().items():
            lines.append(f"  {name:<10} {glyphs:>8,} glyphs  {sentences[name]:>7,} sentences")
        if self._uses_lab_split:
            lines.append(
                "  as in the labs: validation uses the training glyphs, and all splits share the same sentences"
            )
        return [*lines, *(f"  left out: {dropped}" for dropped in self.corpus.describe_dropped())]

    def record(self) -> None:
        """Composed lines need no list: they follow from the settings."""

    @property
    def _uses_lab_split(self) -> bool:
        return self.settings.split == "lab"

    @property
    def _trained_glyphs(self) -> GlyphPool:
        return self.bank.train.joined(self.bank.validation) if self._uses_lab_split else self.bank.train

    @property
    def _validation_glyphs(self) -> GlyphPool:
        return self._trained_glyphs if self._uses_lab_split else self.bank.validation

    def _sentences(self, split: str) -> Sequence[str]:
        corpus = self.corpus
        if self._uses_lab_split:
            return (*corpus.train, *corpus.validation, *corpus.test)
        sentences: tuple[str, ...] = getattr(corpus, split)
        return sentences

    def _composer(self, pool: GlyphPool, sentences: Sequence[str], stream: int, augment: float = 0.0) -> LineComposer:
        seed = 3 * self.settings.seed + stream
        return LineComposer(pool, sentences, self.alphabet, self.settings.spec, seed, augment)
