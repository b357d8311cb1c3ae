"""A language model as the prior of a beam search: scores of an alphabet's tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kerasrec.alphabet import SPECIAL_TOKENS, Alphabet
from kerasrec.language.model import LanguageModel, contexts_to_cache
from kerasrec.language.text import STRAIGHT
from kerasrec.language.words import Tree, WordList, is_word_character

FLOOR = 1e-5
"""The probability of a character that the language model does not know."""

_SPECIAL = len(SPECIAL_TOKENS)


@lru_cache(maxsize=4)
def make_prior(model: LanguageModel | WordList, alphabet: Alphabet) -> "LanguagePrior | WordPrior":
    """Makes a prior, or returns the one that was made recently with the scores that it remembers."""
    return WordPrior(model, alphabet) if isinstance(model, WordList) else LanguagePrior(model, alphabet)


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


@dataclass(frozen=True, slots=True)
class WordState:
    """Where a text is.

    Attributes:
        model: The context of the language model.
        node: The words of the list that begin as the current word does; None if there is none.
        depth: The characters of the current word, whose bonus it keeps only if it is one of the list.
    """

    model: str
    node: Tree | None
    depth: int


class WordPrior:
    """Scores the next token of a text with a word list, and with its language model if it has one.

    Attributes:
        start: The state of a line, which begins with a word.
    """

    def __init__(self, words: WordList, alphabet: Alphabet) -> None:
        self._words = words
        self._model = None if words.model is None else LanguagePrior(words.model, alphabet)
        self._tokens = {token: number for number, token in enumerate(alphabet.tokens)}
        self._characters = alphabet.tokens
        self._is_word = np.array([len(token) == 1 and is_word_character(token) for token in alphabet.tokens])
        self._plain = np.zeros(len(alphabet))
        self._plain[:_SPECIAL] = -np.inf
        self._plain[Alphabet.BLANK] = 0.0
        self.start = WordState("" if self._model is None else self._model.start, words.tree, 0)

    def next(self, state: WordState) -> np.ndarray:
        """Returns the score (K,) float64 of each token after a state."""
        scores = (self._plain if self._model is None else self._model.next(state.model)).copy()
        if state.node is None:
            return scores
        lost = state.depth * self._words.bonus
        scores[self._is_word] -= lost  # the word ends otherwise than those of the list
        if "" not in state.node:
            scores[_SPECIAL:][~self._is_word[_SPECIAL:]] -= lost  # it ends too early
        known = [self._tokens[character] for character in state.node if character in self._tokens]
        scores[known] += lost + self._words.bonus
        return scores

    def advance(self, state: WordState, token: int) -> WordState:
        """Returns the state after one more token."""
        model = "" if self._model is None else self._model.advance(state.model, token)
        character = self._characters[token]
        if not self._is_word[token]:
            return WordState(model, self._words.tree, 0)
        node = None if state.node is None else state.node.get(character)
        return WordState(model, node, 0 if node is None else state.depth + 1)
