"""Words that are favoured in a beam search, such as the names of a collection."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from kerasrec.errors import BadText, UsageError
from kerasrec.language.defaults import WORD_BONUS
from kerasrec.language.model import LanguageModel
from kerasrec.text_file import read_text

_MOST_BYTES = 64 * 2**20

Tree = dict[str, "Tree"]
"""The words that begin with the same characters, by the next one; the key "" marks the end of a word."""


@dataclass(frozen=True, eq=False)
class WordList:
    """Words to favour, alone or beside a language model.

    Each character that continues a word of the list adds a bonus to the score of a text. If the word does not end as
    one of the list does, it loses them again. A word of the list may begin with a capital.

    Attributes:
        words: The words.
        bonus: What each of their characters adds to the score of a text.
        model: The language model to search with besides; None for none.
        tree: The words by their characters.
    """

    words: frozenset[str] = field(repr=False)
    bonus: float = WORD_BONUS
    model: LanguageModel | None = None
    tree: Tree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.bonus < np.inf:
            raise UsageError(f"The bonus of words must be at least 0, but is {self.bonus}.")
        if not self.words:
            raise UsageError("There are no words to favour.")
        object.__setattr__(self, "tree", _grow({form for word in self.words for form in (word, _capitalize(word))}))

    @classmethod
    def load(cls, path: str | os.PathLike[str], bonus: float = WORD_BONUS, model: LanguageModel | None = None) -> Self:
        """Loads a UTF-8 text, all of whose words are favoured: a list of words, or transcriptions.

        The text is normalized to Unicode NFC, like all text.

        Raises:
            BadText: The file cannot be read, is not UTF-8, or has no words.
            UsageError: The bonus is negative.
        """
        file = Path(path)
        try:
            if file.stat().st_size > _MOST_BYTES:
                raise BadText(f"{file} has more than {_MOST_BYTES // 2**20} MiB. Give a list of the words that matter.")
        except OSError as error:
            raise BadText(f"{file} cannot be read ({error.strerror}). Give a UTF-8 text file of words.") from error
        words = find_words(read_text(file))
        if not words:
            raise BadText(f"{file} has no words. Give a UTF-8 text file of words, such as one on each line.")
        return cls(words, bonus, model)


def find_words(text: str) -> frozenset[str]:
    """Returns the words of a text: what stands between characters that are neither letters nor digits.

    >>> sorted(find_words("In 1914, Mr. O'Hara"))
    ['1914', 'Hara', 'In', 'Mr', 'O']
    """
    return frozenset("".join(c if is_word_character(c) else " " for c in text).split())


def is_word_character(character: str) -> bool:
    """Whether a character is part of a word: a letter or a digit."""
    return character.isalnum()


def _capitalize(word: str) -> str:
    return word[:1].upper() + word[1:]


def _grow(words: Iterable[str]) -> Tree:
    tree: Tree = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return tree
