"""A language model as the prior of a beam search: scores of an alphabet's tokens."""

from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np

from kerasrec.alphabet import SPECIAL_TOKENS, Alphabet
from kerasrec.language.model import LanguageModel, contexts_to_cache
from kerasrec.language.text import STRAIGHT

FLOOR = 1e-5
"""The probability of a character that the language model does not know."""

_SPECIAL = len(SPECIAL_TOKENS)


@lru_cache(maxsize=4)
def make_prior(model: LanguageModel, alphabet: Alphabet) -> "LanguagePrior":
    """Makes a prior, or returns the one that was made recently with the scores that it remembers."""
    return LanguagePrior(model, alphabet)


class LanguagePrior:
    """Scores the next token of a text: weight * log P(character | context) + bonus.

    A typographic quote that the model does not know is scored as a straight one. The blank has no score, as it adds no
    character; the other special tokens are never part of a text.

    Attributes:
        start: The context of a line: a line of handwriting starts within a text, after a space.
    """

    def __init__(self, model: LanguageModel, alphabet: Alphabet) -> None:
        self._model = model
        self._characters = [c if c in model else c.translate(STRAIGHT) for c in alphabet.tokens]
        self._codes = np.array([model.characters.find(c) for c in self._characters])  # (K,), -1 if unknown
        self._unknown = np.flatnonzero(self._codes[_SPECIAL:] < 0) + _SPECIAL
        self.start = model.extend("", " ")

    def next(self, state: str) -> np.ndarray:
        """Returns the score (K,) float64 of each token after a context; the array must not be changed."""
        return self._cached(state)

    def advance(self, state: str, token: int) -> str:
        """Returns the context after one more token."""
        return self._model.extend(state, self._characters[token])

    @cached_property
    def _cached(self) -> Callable[[str], np.ndarray]:
        return lru_cache(contexts_to_cache(len(self._codes)))(self._score)

    def _score(self, state: str) -> np.ndarray:
        scores = np.log(self._model.probabilities(state)[self._codes])
        scores *= self._model.weight
        scores += self._model.bonus
        scores[:_SPECIAL] = -np.inf
        scores[Alphabet.BLANK] = 0.0
        if len(self._unknown):
            scores[self._unknown] = self._model.weight * np.log(FLOOR) + self._model.bonus
        return scores
