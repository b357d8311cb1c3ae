"""Prefix beam search (Graves, 2012; Hannun et al., 2014): finds the text whose paths sum to the highest probability."""

from dataclasses import dataclass

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.alignment import align, log_likelihood
from kerasrec.decoding.spans import Decoding
from kerasrec.errors import UsageError

_Tree = dict[tuple[int, int], int]
"""The prefixes seen so far: (node of the prefix without its last token, last token) -> node, numbered from 1."""


def beam_search(log_probs: np.ndarray, width: int = 16, threshold: float = 1e-4) -> Decoding:
    """Searches for the most probable text of one line.

    Args:
        log_probs: (T, K) float32, finite: the valid frames only.
        width: The number of prefixes that are kept after each frame.
        threshold: Tokens with a probability below this in a frame do not extend a prefix there. With 0, the search is
            exact as long as `width` is large enough to keep every prefix.

    Returns:
        The decoding; its confidence is the exact probability of the text, its spans are those of the text's most
        probable path.

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
    for frame, tokens in zip(log_probs, growing, strict=True):
        beam = beam.advance(frame, tokens, width, tree)
    ids = _prefix(int(beam.node[np.logaddexp(beam.blank, beam.other).argmax()]), tree)
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

    def advance(self, frame: np.ndarray, tokens: np.ndarray, width: int, tree: _Tree) -> "_Beam":
        """Extends the beam by a frame.

        Args:
            frame: (K,) log-probabilities of the frame.
            tokens: (K,) the same, with -inf for tokens that may not extend a prefix.
            width: The maximum number of prefixes to keep.
            tree: The prefixes seen so far; new ones are added.
        """
        total = np.logaddexp(self.blank, self.other)
        blank, other = total + frame[Alphabet.BLANK], self.other + frame[self.last]
        grown = total[:, None] + tokens  # (N, K)
        rows = np.arange(len(total))
        grown[rows, self.last] = self.blank + tokens[self.last]  # a repeat needs a blank in between
        child, row = np.nonzero(self.parent[:, None] == self.node)  # the extended prefix is in the beam already
        other[child] = np.logaddexp(other[child], grown[row, self.last[child]])
        grown[row, self.last[child]] = -np.inf
        return self._select(blank, other, grown, width, tree)

    def _select(self, blank: np.ndarray, other: np.ndarray, grown: np.ndarray, width: int, tree: _Tree) -> "_Beam":
        """Keeps the `width` best among the N unchanged and the N x K extended prefixes."""
        scores = np.concatenate([np.logaddexp(blank, other), grown.ravel()])
        best = np.argpartition(-scores, width)[:width] if width < len(scores) else np.arange(len(scores))
        best = best[scores[best] > -np.inf]
        stay = best[best < len(blank)]
        row, token = np.divmod(best[best >= len(blank)] - len(blank), grown.shape[1])
        parent = self.node[row]
        node = [tree.setdefault(key, len(tree) + 1) for key in zip(parent.tolist(), token.tolist(), strict=True)]
        return _Beam(
            np.concatenate([self.node[stay], np.array(node, int)]),
            np.concatenate([self.parent[stay], parent]),
            np.concatenate([self.last[stay], token]),
            np.concatenate([blank[stay], np.full(len(row), -np.inf)]),
            np.concatenate([other[stay], grown[row, token]]),
        )


def _prefix(node: int, tree: _Tree) -> list[int]:
    """Returns the tokens on the path from the root to a node."""
    nodes, ids = list(tree), []
    while node:
        node, token = nodes[node - 1]
        ids.append(token)
    return ids[::-1]
