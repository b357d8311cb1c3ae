"""The composed lines of a run: composers of training, validation and test lines from disjoint glyphs and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from kerasrec.alphabet import Alphabet, describe_characters, is_combining, runs_left
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.fonts import FontBank, FontLines, FontPool, load_fonts, load_hands
from kerasrec.lines.glyphs import GlyphBank, GlyphPool, load_glyphs
from kerasrec.lines.line_draws import LINE_VARIATIONS
from kerasrec.lines.text import load_text
from kerasrec.lines.text.corpus import Corpus
from kerasrec.training.fingerprint import Fingerprint, of_composed
from kerasrec.training.settings import TrainSettings, find_fonts_folder, find_written_glyphs, is_fonts


@dataclass(frozen=True)
class ComposedSplits:
    """The data that a run trains, validates and tests on.

    Attributes:
        bank: The glyphs, or the fonts.
        corpus: The sentences.
        alphabet: The alphabet of the labels.
        settings: The settings of the run.
    """

    bank: GlyphBank | FontBank
    corpus: Corpus
    alphabet: Alphabet
    settings: TrainSettings

    @classmethod
    def load(cls, settings: TrainSettings, data_dir: Path) -> Self:
        """Loads glyphs or fonts, and sentences; raises the errors of `load_glyphs`, `load_fonts` and `load_text`."""
        alphabet = Alphabet() if settings.characters is None else Alphabet(settings.characters)
        bank: GlyphBank | FontBank
        if is_fonts(settings.glyphs):
            bank = load_fonts(find_fonts_folder(settings.glyphs), alphabet.characters, settings.seed)
        elif glyphs := find_written_glyphs(settings.glyphs):
            bank = load_hands(glyphs, data_dir, settings.seed)
        else:
            bank = load_glyphs(settings.glyphs, data_dir, settings.seed, balance=settings.split == "lab")
        drawable = "".join(c for c in bank.drawable if c in alphabet and not _find_script_problem(c))
        explain = partial(_explain, bank, alphabet, is_fonts(settings.glyphs))
        corpus = load_text(settings.text, drawable, data_dir, settings.keep_punctuation, settings.seed, explain)
        return cls(bank, corpus, alphabet, settings)

    def train(self) -> LineComposer | FontLines:
        """Returns the composer of the training lines."""
        return self._composer(self._trained_glyphs, self._sentences("train"), 0, self.settings.augment)

    def validation(self) -> LineComposer | FontLines:
        """Returns the composer of the lines by which the best epoch is chosen."""
        return self._composer(self._validation_glyphs, self._sentences("validation"), 1)

    def test(self) -> LineComposer | FontLines:
        """Returns the composer of the lines on which results are reported."""
        return self._composer(self.bank.test, self._sentences("test"), 2)

    def glyph_counts(self) -> dict[str, int]:
        """Returns the number of glyphs, fonts or hands of each split; the labs' splits share some."""
        pools = (self._trained_glyphs, self._validation_glyphs, self.bank.test)
        return {name: len(pool) for name, pool in zip(("train", "validation", "test"), pools, strict=True)}

    def sentence_counts(self) -> dict[str, int]:
        """Returns the number of sentences of "train", "validation" and "test"; the labs' splits share all."""
        return {name: len(self._sentences(name)) for name in ("train", "validation", "test")}

    @property
    def has_test(self) -> bool:
        """There are always test lines."""
        return True

    @property
    def unseen(self) -> str:
        """What the test has that training has not."""
        return (
            f"{self.drawn_with} it never saw"
            if self._uses_lab_split
            else f"{self.drawn_with} and sentences it never saw"
        )

    def describe(self) -> list[str]:
        """Describes the model, its data and what was left out of them, as lines of text."""
        sentences = self.sentence_counts()
        of = "" if self.drawn_with == self.bank.name else f"{self.bank.name} "
        lines = [f"{self.settings.model} on {of}{self.drawn_with} and {self.corpus.name} text"]
        for name, count in self.glyph_counts().items():
            lines.append(f"  {name:<10} {count:>8,} {self.drawn_with}  {sentences[name]:>7,} sentences")
        if self._uses_lab_split:
            lines.append(
                "  as in the labs: validation uses the training glyphs, and all splits share the same sentences"
            )
        if missing := self.undrawn():
            lines.append(f"  never trained: {missing}")
        left_out = [f"{name}, which {why}" for name, why in self._left_out_fonts().items()]
        return [*lines, *(f"  left out: {each}" for each in left_out + self.corpus.describe_dropped())]

    def undrawn(self) -> str:
        """Lists the characters of the alphabet that are given and cannot be drawn; "" if there are none."""
        drawable = self.bank.drawable + " "
        missing = [c for c in self.settings.characters or "" if c not in drawable or _find_script_problem(c)]
        what = f"{len(missing):,} characters of the alphabet, for which there are no {self.drawn_with}"
        return f"{what}: {describe_characters(missing)}" if missing else ""

    @property
    def drawn_with(self) -> str:
        """What lines are composed of: "glyphs", or "fonts" or "hands" with which they are written."""
        if is_fonts(self.settings.glyphs):
            return "fonts"
        return "hands" if isinstance(self.bank, FontBank) else "glyphs"

    def record(self) -> None:
        """Composed lines need no list: they follow from the settings."""

    def fingerprint(self) -> Fingerprint:
        """Returns the fingerprint of the user's text and glyphs."""
        return of_composed(self.settings)

    @property
    def _uses_lab_split(self) -> bool:
        return self.settings.split == "lab"

    def _left_out_fonts(self) -> dict[str, str]:
        return self.bank.problems if isinstance(self.bank, FontBank) else {}

    @property
    def _trained_glyphs(self) -> GlyphPool | FontPool:
        if isinstance(self.bank, GlyphBank) and self._uses_lab_split:
            return self.bank.train.joined(self.bank.validation)
        return self.bank.train

    @property
    def _validation_glyphs(self) -> GlyphPool | FontPool:
        return self._trained_glyphs if self._uses_lab_split else self.bank.validation

    def _sentences(self, split: str) -> Sequence[str]:
        corpus = self.corpus
        if self._uses_lab_split:
            return (*corpus.train, *corpus.validation, *corpus.test)
        sentences: tuple[str, ...] = getattr(corpus, split)
        return sentences

    def _composer(
        self, pool: GlyphPool | FontPool, sentences: Sequence[str], stream: int, augment: float = 0.0
    ) -> LineComposer | FontLines:
        spec, seed = self.settings.spec, 3 * self.settings.seed + stream
        if isinstance(pool, FontPool):
            kinds = [kind for kind in LINE_VARIATIONS if kind not in self.settings.without]
            return FontLines(pool, sentences, self.alphabet, spec, seed, augment, kinds)
        return LineComposer(pool, sentences, self.alphabet, spec, seed, augment)


def _find_script_problem(character: str) -> str:
    """Returns why a character cannot be drawn beside the one before it; "" if it can."""
    if runs_left(character):
        return "is written from right to left"
    return "is a combining mark, drawn onto the character before it" if is_combining(character) else ""


def _explain(bank: GlyphBank | FontBank, alphabet: Alphabet, has_fonts: bool, character: str) -> str:
    """Describes why a character of the text cannot be drawn, and the option for it."""
    if problem := _find_script_problem(character):
        return f"{problem}: lines are composed of single characters from left to right"
    lacks = f"--glyphs has no {'fonts' if has_fonts else 'glyphs'} for it"
    if character in alphabet:
        return f"is in the alphabet, but {lacks}"
    if character in bank.drawable or has_fonts:  # fonts are drawn for the alphabet only
        return "is not in the alphabet: add it with --characters"
    return f"is not in the alphabet (--characters), and {lacks}"
