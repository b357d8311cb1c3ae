"""Prefix beam search (Graves, 2012; Hannun et al., 2014): finds the text whose paths sum to the highest probability.

With a prior, such as a language model, the score of a text is the logarithm of that sum plus the prior's scores of its
tokens.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.alignment import align, log_likelihood
from kerasrec.decoding.spans import Decoding
from kerasrec.errors import UsageError

WIDTH = 16
"""The default width of a beam."""


class Prior(Protocol):
    """How likely a token is after others, before the line is seen.

    Attributes:
        start: The state before the first token.
    """

    start: Any

    def next(self, state: Any) -> np.ndarray:
        """Returns the log-scores (K,) float64 of the token after a state; they need not be normalised."""

    def advance(self, state: Any, token: int) -> Any:
        """Returns the state after one more token."""


_Tree = dict[tuple[int, int], int]
"""The prefixes seen so far: (node of the prefix without its last token, last token) -> node, numbered from 1."""


def beam_search(
    log_probs: np.ndarray, width: int = WIDTH, threshold: float = 1e-4, prior: Prior | None = None
) -> Decoding:
    """Searches for the most probable text of one line.

    Args:
        log_probs: (T, K) float32, finite: the valid frames only.
        width: The number of prefixes that are kept after each frame.
        threshold: Tokens with a probability below this in a frame do not extend a prefix there. With 0, the search is
            exact as long as `width` is large enough to keep every prefix.
        prior: Scores the tokens of a text before the line is seen.

    Returns:
        The decoding; its confidence is the exact probability of the text without the prior, its spans are those of the
        text's most probable path.

    Raises:
        UsageError: The width is below 1, or the threshold is outside 0..1.
    """
    if width < 1 or not 0 <= threshold <= 1:
        raise UsageError(
            f"A beam needs a width of at least 1 and a threshold in 0..1, but they are {width} and {threshold}."
        )
    log_probs = log_probs.astype(np.float64)
    growing = np.where(np.exp(log_probs) >= threshold, log_probs, -np.inf)  # (T, K)
    growing[:, Alphabet.BLANK] = -np.inf
    beam, tree = _Beam.of_empty_prefix(), _Tree()
    scores = None if prior is None else _PriorScores(prior)
    for frame, tokens in zip(log_probs, growing, strict=True):
        beam = beam.advance(frame, tokens, width, tree, scores)
    total = np.logaddexp(beam.blank, beam.other)
    if scores is not None:
        total += scores.of(beam.node)
    ids = _prefix(int(beam.node[total.argmax()]), tree)
    return Decoding(float(np.exp(log_likelihood(log_probs, ids))), align(log_probs, ids))


@dataclass(frozen=True)
class _Beam:
    """N prefixes with the log-probabilities of their paths so far.

    Attributes:
        node: (N,) the prefix's node in the tree; 0 is the empty prefix.
        parent: (N,) the node of the prefix without its last token; -1 for the empty prefix.
        last: (N,) the last token; the blank for the empty prefix.
        blank: (N,) log-probability of the paths that end in a blank.
        other: (N,) log-probability of the paths that end in the last token.
    """

    node: np.ndarray
    parent: np.ndarray
    last: np.ndarray
    blank: np.ndarray
    other: np.ndarray

    @classmethod
    def of_empty_prefix(cls) -> "_Beam":
        return cls(np.array([0]), np.array([-1]), np.array([Alphabet.BLANK]), np.array([0.0]), np.array([-np.inf]))

    def advance(
        self, frame: np.ndarray, tokens: np.ndarray, width: int, tree: _Tree, prior: "_PriorScores | None"
    ) -> "_Beam":
        """Extends the beam by a frame.

        Args:
            frame: (K,) log-probabilities of the frame.
            tokens: (K,) the same, with -inf for tokens that may not extend a prefix.
            width: The maximum number of prefixes to keep.
            tree: The prefixes seen so far; new ones are added.
            prior: The prior's scores of these prefixes; those of new ones are added.
        """
        total = np.logaddexp(self.blank, self.other)
        blank, other = total + frame[Alphabet.BLANK], self.other + frame[self.last]
        grown = total[:, None] + tokens  # (N, K)
        rows = np.arange(len(total))
        grown[rows, self.last] = self.blank + tokens[self.last]  # a repeat needs a blank in between
        child, row = np.nonzero(self.parent[:, None] == self.node)  # the extended prefix is in the beam already
        other[child] = np.logaddexp(other[child], grown[row, self.last[child]])
        grown[row, self.last[child]] = -np.inf
        return self._select(blank, other, grown, width, tree, prior)

    def _select(
        self,
        blank: np.ndarray,
        other: np.ndarray,
        grown: np.ndarray,
        width: int,
        tree: _Tree,
        prior: "_PriorScores | None",
    ) -> "_Beam":
        """Keeps the `width` best among the N unchanged and the N x K extended prefixes."""
        scores = np.concatenate([np.logaddexp(blank, other), grown.ravel()])
        if prior is not None:
            prior.add_to(scores, self.node)
        best = np.argpartition(-scores, width)[:width] if width < len(scores) else np.arange(len(scores))
        best = best[scores[best] > -np.inf]
        stay = best[best < len(blank)]
        row, token = np.divmod(best[best >= len(blank)] - len(blank), grown.shape[1])
        parent = self.node[row]
        node = [tree.setdefault(key, len(tree) + 1) for key in zip(parent.tolist(), token.tolist(), strict=True)]
        if prior is not None:
            prior.add(node, parent.tolist(), token.tolist())
        return _Beam(
            np.concatenate([self.node[stay], np.array(node, int)]),
            np.concatenate([self.parent[stay], parent]),
            np.concatenate([self.last[stay], token]),
            np.concatenate([blank[stay], np.full(len(row), -np.inf)]),
            np.concatenate([other[stay], grown[row, token]]),
        )


class _PriorScores:
    """The prior's score of each prefix in the tree, by its node, and those of its next tokens where they are needed."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self._scores, self._states = [0.0], [prior.start]
        self._next: dict[int, np.ndarray] = {}

    def of(self, nodes: np.ndarray) -> np.ndarray:
        """Returns the score (N,) of N nodes."""
        return np.array([self._scores[node] for node in nodes.tolist()])

    def add_to(self, scores: np.ndarray, nodes: np.ndarray) -> None:
        """Adds to the scores (N + N * K,) of N nodes, and of each extended by each token, those of the prior."""
        own = self.of(nodes)
        scores[: len(nodes)] += own
        extended = scores[len(nodes) :].reshape(len(nodes), -1)  # (N, K)
        if extended.max() > -np.inf:  # in most frames only the blank is probable
            following = np.concatenate([self._following(node) for node in nodes.tolist()])
            extended += own[:, None] + following.reshape(extended.shape)

    def add(self, nodes: list[int], parents: list[int], tokens: list[int]) -> None:
        """Adds the nodes that are new: their parents, each extended by a token."""
        for node, parent, token in zip(nodes, parents, tokens, strict=True):
            if node == len(self._scores):
                self._scores.append(self._scores[parent] + float(self._following(parent)[token]))
                self._states.append(self._prior.advance(self._states[parent], token))

    def _following(self, node: int) -> np.ndarray:
        """Returns the scores (K,) of the next token."""
        if node not in self._next:
            self._next[node] = self._prior.next(self._states[node])
        return self._next[node]


def _prefix(node: int, tree: _Tree) -> list[int]:
    """Returns the tokens on the path from the root to a node."""
    nodes, ids = list(tree), []
    while node:
        node, token = nodes[node - 1]
        ids.append(token)
    return ids[::-1]
