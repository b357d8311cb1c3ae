"""A character n-gram model with Witten-Bell smoothing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from kerasrec.errors import BadLanguageModel, BadText, UsageError
from kerasrec.language.defaults import BONUS, ORDER, WEIGHT
from kerasrec.language.ngrams import Level, count_ngrams
from kerasrec.language.smoothing import Continuations, witten_bell
from kerasrec.storage import write_atomically

SUFFIX = ".klm"

_FORMAT = 1
_PARTS = [each.name for each in fields(Level)]
_PLACES = 65_536  # n-grams whose place is remembered


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """The probability of each character after those before it.

    Witten-Bell smoothing: with a count C(h) of a context h, and T(h) different characters after it,

        P(c | h) = (C(h c) + T(h) P(c | h')) / (C(h) + T(h))

    where h' is the context without its first character. The shortest context, which is empty, falls back on a uniform
    distribution. A pruned n-gram counts as if it had never been seen after its context, which was seen nevertheless.

    >>> model = LanguageModel.build(["ab"], order=2)
    >>> [round(float(p), 3) for p in model.probabilities(" ")]  # of " ", "a" and "b"
    [0.167, 0.667, 0.167]

    Attributes:
        characters: The V characters that it knows, in code point order; the space is one of them.
        levels: The n-grams of each order, from 1.
        weight: How much it counts beside a recognizer.
        bonus: What each character adds to the score of a text.
    """

    characters: str
    levels: tuple[Level, ...] = field(repr=False)
    weight: float = WEIGHT
    bonus: float = BONUS

    def __post_init__(self) -> None:
        if not (0 <= self.weight < math.inf and math.isfinite(self.bonus)):
            raise UsageError(
                "A language model needs a weight of at least 0 and a bonus that is a number, but they are "
                f"{self.weight} and {self.bonus}."
            )

    @classmethod
    def build(cls, lines: Sequence[str], order: int = ORDER, *, weight: float = WEIGHT, bonus: float = BONUS) -> Self:
        """Counts the n-grams of lines of text, each of which begins and ends with a space.

        Args:
            lines: The lines, as `normalize_lines` returns them.
            order: The number of characters in the longest n-gram, 1 to 16.
            weight: How much the model counts beside a recognizer.
            bonus: What each character adds to the score of a text.

        Raises:
            BadText: There are no lines.
            UsageError: The order is out of range.
        """
        if not 1 <= order <= 16:
            raise UsageError(f"The order of a language model must be 1 to 16, but is {order}.")
        if not lines:
            raise BadText("A language model needs text, but there is none. Give other files, or keep more characters.")
        text = f" {' '.join(lines)}"  # its end is followed by its beginning, and so by a space
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        known, codes = np.unique(points, return_inverse=True)
        levels = count_ngrams(codes.astype(np.int64), len(known), order)
        return cls("".join(map(chr, known.tolist())), tuple(levels), weight, bonus)

    @cached_property
    def order(self) -> int:
        """The number of characters in the longest n-gram."""
        return len(self.levels)

    def __contains__(self, character: str) -> bool:
        return character in self._codes

    def extend(self, context: str, character: str) -> str:
        """Returns the context after one more character: as many characters as matter, none after an unknown one."""
        if character not in self._codes or self.order == 1:
            return ""
        return (context + character)[1 - self.order :]

    def probabilities(self, context: str) -> np.ndarray:
        """Returns the probability (V,) float64 of each character after a context; the array must not be changed.

        Args:
            context: Up to `order` - 1 known characters, as `extend` returns them.
        """
        return self._interpolated(context)

    def bits_per_character(self, lines: Sequence[str]) -> float:
        """Returns how well lines are predicted, as the mean number of bits that a character needs.

        Characters that the model does not know are not counted.
        """
        context, bits, number = self.extend("", " "), 0.0, 0
        for character in f"{' '.join(lines)} ":
            if character in self._codes:
                bits -= math.log2(self.probabilities(context)[self._codes[character]])
                number += 1
            context = self.extend(context, character)
        return bits / number

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {character: code for code, character in enumerate(self.characters)}

    @cached_property
    def _interpolated(self) -> Callable[[str], np.ndarray]:
        return lru_cache(contexts_to_cache(len(self.characters)))(self._interpolate)

    def _interpolate(self, context: str) -> np.ndarray:
        lower = self._interpolated(context[1:]) if context else np.full(len(self.characters), 1 / len(self.characters))
        place = self._place(context)
        return lower if place is None else self._continuations[len(context)].interpolate(place, lower)

    @cached_property
    def _place(self) -> Callable[[str], int | None]:
        return lru_cache(_PLACES)(self._find)

    def _find(self, context: str) -> int | None:
        """Returns the place of an n-gram among those of its length; None if it is not there."""
        if not context:
            return 0
        parent = self._place(context[:-1])
        if parent is None:
            return None
        return self._continuations[len(context) - 1].find(parent, self._codes[context[-1]])

    @cached_property
    def _continuations(self) -> list[Continuations]:
        return list(witten_bell(self.levels))

    def save(self, path: Path) -> None:
        """Saves the model to one file atomically; weight and bonus are not part of it.

        Raises:
            UsageError: The name does not end with .klm.
            CannotWrite: The folder is not writable, or the disk is full.
        """
        if path.suffix != SUFFIX:
            raise UsageError(f"The file of a language model must be named NAME{SUFFIX}, but is {path.name}.")
        arrays = {"format": np.array(_FORMAT), "characters": np.array([ord(c) for c in self.characters], np.uint32)}
        for number, level in enumerate(self.levels, 1):
            for name in _PARTS:
                values = getattr(level, name)
                arrays[f"{name}{number}"] = values.astype(np.min_scalar_type(values.max(initial=0)))

        def write(file: Path) -> None:
            with file.open("wb") as stream:
                np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]

        write_atomically(path, write)

    @classmethod
    def load(cls, path: Path, *, weight: float = WEIGHT, bonus: float = BONUS) -> Self:
        """Loads a model that was saved with `save`.

        Raises:
            BadLanguageModel: The file is missing, damaged, not a language model, or has another format.
            UsageError: The weight or the bonus is out of range.
        """
        remedy = "Build it with `kerasrec language-model build`."
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = dict(file)
            written = int(arrays.pop("format"))
            if written == _FORMAT:
                characters, levels = _unpack(arrays)
        except Exception as error:  # a damaged file can cause any error
            raise BadLanguageModel(f"{path} is not a language model of kerasrec ({error}). {remedy}") from error
        if written != _FORMAT:
            raise BadLanguageModel(f"{path} has format {written}, but this kerasrec reads format {_FORMAT}. {remedy}")
        return cls(characters, levels, weight, bonus)


def contexts_to_cache(size: int) -> int:
    """Returns how many contexts to keep the values of, given the number of values of one: 16 MiB of float64."""
    return max(256, 2**21 // size)


def _unpack(arrays: dict[str, np.ndarray]) -> tuple[str, tuple[Level, ...]]:
    """Returns the characters and the levels of a file; raises ValueError or KeyError if they do not fit together."""
    characters = "".join(map(chr, arrays.pop("characters").tolist()))
    orders = range(1, len(arrays) // len(_PARTS) + 1)
    levels = [Level(*(arrays[f"{name}{number}"] for name in _PARTS)) for number in orders]
    expected = len(characters)
    for level in levels:
        if not len(level.characters) == len(level.counts) == len(level.children) == expected:
            raise ValueError("its parts do not fit together")
        if any(part.dtype.kind not in "iu" or part.ndim != 1 or (part < 0).any() for part in vars(level).values()):
            raise ValueError("its parts are not lists of counts")
        if level.characters.max(initial=0) >= len(characters) or level.counts.min(initial=1) < 1:
            raise ValueError("its values are out of range")
        expected = int(level.children.sum(dtype=np.int64))
    if not levels or expected or " " not in characters:
        raise ValueError("it is incomplete")
    return characters, tuple(levels)
