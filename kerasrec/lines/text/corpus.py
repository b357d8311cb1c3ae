"""Sentences for synthetic lines, split so that no sentence of validation or test occurs in training."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kerasrec.alphabet import describe_character
from kerasrec.errors import BadText

_PARTS = 20
"""Number of parts that sentences are hashed into: one for validation, one for test, 18 for training."""


@dataclass(frozen=True)
class Corpus:
    """Sentences in three splits that have no sentence in common.

    Attributes:
        name: The name or path of the source.
        train: Sentences to train on, in the order of the source.
        validation: Sentences to select a model by.
        test: Sentences to evaluate the selected model on.
        dropped: The number of items left out of the splits, by description.
    """

    name: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    dropped: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_sentences(
        cls,
        name: str,
        sentences: Iterable[str],
        drawable: str,
        dropped: dict[str, int] | None = None,
        explain: Callable[[str], str] = lambda character: "cannot be drawn",
    ) -> "Corpus":
        """Removes characters that cannot be drawn and assigns each sentence to a split by a hash of its text.

        The split depends only on the text, so equal sentences stay together, and a sentence stays in its split when
        the source grows. Runs of white space become one space.

        Args:
            name: The name or path of the source, for messages.
            sentences: The sentences, one string each.
            drawable: All characters that can be drawn. If the space is not among them, each word is its own sentence.
            dropped: The number of items that the source itself left out, by description.
            explain: Describes why a character cannot be drawn.

        Raises:
            BadText: Nothing can be drawn, or there are too few sentences for three splits.
        """
        kept, undrawable = _keep_drawable(sentences, drawable, explain)
        empty = sum(not sentence for sentence in kept)
        kept = [sentence for sentence in kept if sentence]
        if not kept:
            raise BadText(
                f"No sentence of {name} can be drawn with the {len(drawable)} characters {drawable!r}. "
                "Use another text, or an alphabet and glyphs that cover this one."
            )
        train, validation, test = _split(name, kept)
        counts = {**(dropped or {}), **undrawable, **({"sentences with nothing to draw": empty} if empty else {})}
        return cls(name, train, validation, test, counts)

    def describe_dropped(self) -> list[str]:
        """Describes what was left out, one line for each kind, the most frequent first.

        >>> Corpus("mine", ("a",), ("b",), ("c",), {"sentences with nothing to draw": 1200}).describe_dropped()
        ['1,200 sentences with nothing to draw']
        """
        return [f"{count:,} {what}" for what, count in sorted(self.dropped.items(), key=lambda item: -item[1])]


def _keep_drawable(
    sentences: Iterable[str], drawable: str, explain: Callable[[str], str]
) -> tuple[list[str], dict[str, int]]:
    text = "\n".join(" ".join(sentence.split()) for sentence in sentences)
    undrawable = sorted(set(text) - set(drawable) - set(" \n"))
    counts = {f"x {describe_character(c)}, which {explain(c)}": text.count(c) for c in undrawable}
    text = text.translate(dict.fromkeys(map(ord, undrawable)))
    if " " not in drawable:
        return text.split(), counts
    return [" ".join(sentence.split()) for sentence in text.split("\n")], counts


def _split(name: str, sentences: list[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    train: list[str] = []
    validation: list[str] = []
    test: list[str] = []
    held_out = {0: validation, 1: test}
    for sentence in sentences:
        held_out.get(zlib.crc32(sentence.encode()) % _PARTS, train).append(sentence)
    if not (train and validation and test):
        raise BadText(
            f"{name} has {len(set(sentences))} different sentences that can be drawn, too few for a training, a "
            f"validation and a test split (here {len(train)}, {len(validation)} and {len(test)} sentences). "
            "Add more: 100 are nearly always enough, and a good recognizer needs thousands."
        )
    return tuple(train), tuple(validation), tuple(test)
