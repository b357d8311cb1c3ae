"""Greedy decoding: the text of the single most probable path."""

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.spans import Decoding, Span


def greedy(log_probs: np.ndarray, frames: np.ndarray) -> list[Decoding]:
    """Takes the most probable token of each frame, merges repeats and drops blanks.

    >>> says = np.log([[[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]])
    >>> [decoding.ids for decoding in greedy(says, np.array([4]))]
    [[1, 1]]

    Args:
        log_probs: (B, T, K) float32, finite.
        frames: (B,) int32, the valid frames of each line.

    Returns:
        B decodings; the confidence is the probability of the best path, the product over the valid frames.
    """
    best, scores = log_probs.argmax(axis=-1), log_probs.max(axis=-1)  # (B, T)
    return [_merge(path[:end], score[:end]) for path, score, end in zip(best, scores, frames, strict=True)]


def _merge(path: np.ndarray, scores: np.ndarray) -> Decoding:
    """Makes spans of the runs of a path (T,) with the log-probabilities (T,) of its frames."""
    firsts = np.flatnonzero(np.diff(path, prepend=-1))  # where a run starts
    lasts = np.append(firsts, len(path))[1:] - 1
    best = np.exp(np.maximum.reduceat(scores, firsts)) if len(path) else scores
    runs = zip(path[firsts].tolist(), best.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
    confidence = float(np.exp(scores.sum(dtype=np.float64)))
    return Decoding(confidence, tuple(Span(*run) for run in runs if run[0] != Alphabet.BLANK))
