"""Greedy decoding: the text of the most probable path."""

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.spans import Decoding, Span


def greedy(log_probs: np.ndarray, frames: np.ndarray, merge: bool = True) -> list[Decoding]:
    """Takes the most probable token of each frame, merges repeats and drops blanks.

    >>> log_probs = np.log([[[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]])
    >>> [decoding.ids for decoding in greedy(log_probs, np.array([4]))]
    [[1, 1]]

    Args:
        log_probs: (B, T, K) float32, finite.
        frames: (B,) int32, the number of valid frames of each line.
        merge: Whether to merge repeats and drop blanks, as CTC does; otherwise each frame is one token.

    Returns:
        B decodings; the confidence is the probability of the best path, a product over the valid frames.
    """
    best, scores = log_probs.argmax(axis=-1), log_probs.max(axis=-1)  # (B, T)
    spans = _merge if merge else _each
    return [spans(path[:end], score[:end]) for path, score, end in zip(best, scores, frames, strict=True)]


def _merge(path: np.ndarray, scores: np.ndarray) -> Decoding:
    """Makes a span of each run of equal tokens in a path (T,) with log-probabilities (T,), except runs of blanks."""
    firsts = np.flatnonzero(np.diff(path, prepend=-1))  # where a run starts
    lasts = np.append(firsts, len(path))[1:] - 1
    best = np.exp(np.maximum.reduceat(scores, firsts)) if len(path) else scores
    runs = zip(path[firsts].tolist(), best.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
    return Decoding(_probability(scores), tuple(Span(*run) for run in runs if run[0] != Alphabet.BLANK))


def _each(path: np.ndarray, scores: np.ndarray) -> Decoding:
    """Makes a span of each frame of a path (T,) with log-probabilities (T,)."""
    frames = zip(path.tolist(), np.exp(scores).tolist(), range(len(path)), range(len(path)), strict=True)
    return Decoding(_probability(scores), tuple(Span(*frame) for frame in frames))


def _probability(scores: np.ndarray) -> float:
    return float(np.exp(scores.sum(dtype=np.float64)))
