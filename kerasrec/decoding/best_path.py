"""Greedy decoding: the text of the most probable path."""

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.alignment import log_likelihoods
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
        B decodings; the confidence is the probability of the text, which for CTC is the sum over all of its paths.
    """
    best, scores = log_probs.argmax(axis=-1), log_probs.max(axis=-1)  # (B, T)
    to_spans = _merge if merge else _each
    lines = [to_spans(path[:end], score[:end]) for path, score, end in zip(best, scores, frames, strict=True)]
    if merge:
        likelihoods = log_likelihoods(log_probs, frames, [[span.id for span in spans] for spans in lines])
    else:
        likelihoods = np.array([score[:end].sum(dtype=np.float64) for score, end in zip(scores, frames, strict=True)])
    return [Decoding(*each) for each in zip(np.exp(likelihoods).tolist(), lines, strict=True)]


def _merge(path: np.ndarray, scores: np.ndarray) -> tuple[Span, ...]:
    """Makes a span of each run of equal tokens in a path (T,) with log-probabilities (T,), except runs of blanks."""
    firsts = np.flatnonzero(np.diff(path, prepend=-1))  # where a run starts
    lasts = np.append(firsts, len(path))[1:] - 1
    best = np.exp(np.maximum.reduceat(scores, firsts)) if len(path) else scores
    runs = zip(path[firsts].tolist(), best.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
    return tuple(Span(*run) for run in runs if run[0] != Alphabet.BLANK)


def _each(path: np.ndarray, scores: np.ndarray) -> tuple[Span, ...]:
    """Makes a span of each frame of a path (T,) with log-probabilities (T,)."""
    frames = zip(path.tolist(), np.exp(scores).tolist(), range(len(path)), range(len(path)), strict=True)
    return tuple(Span(*frame) for frame in frames)
