"""Aligning a known text with the frames: its most probable path (Viterbi) and its total probability (forward).

Both use the same states: the text's characters with a blank before, between and after them. From one frame to the next,
a path stays in its state, advances to the next one, or skips the blank between two different characters.
"""

from collections.abc import Sequence

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.spans import Span
from kerasrec.errors import InfeasibleLine


def align(log_probs: np.ndarray, ids: Sequence[int]) -> tuple[Span, ...]:
    """Finds the frames of each character of a known text on the text's most probable path.

    Args:
        log_probs: (T, K) float32, finite.
        ids: The L ids of the text, without blanks.

    Returns:
        L spans.

    Raises:
        InfeasibleLine: The text needs more than T frames.
    """
    needed = len(ids) + sum(a == b for a, b in zip(ids[1:], ids, strict=False))
    if needed > len(log_probs):
        raise InfeasibleLine(
            f"A text of {len(ids)} characters needs at least {needed} frames, but its line has {len(log_probs)}. "
            "Shorten the text or widen the line."
        )
    path = _best_path(log_probs, ids)
    return tuple(_span(log_probs[:, i], i, np.flatnonzero(path == 2 * n + 1)) for n, i in enumerate(ids))


def log_likelihood(log_probs: np.ndarray, ids: Sequence[int]) -> float:
    """Computes the log-probability of a text, summed over all of its paths, as `log_likelihoods` does for many lines.

    Args:
        log_probs: (T, K) float32, finite.
        ids: The L ids of the text, without blanks.
    """
    return float(log_likelihoods(log_probs[None], np.array([len(log_probs)]), [ids])[0])


def log_likelihoods(log_probs: np.ndarray, frames: np.ndarray, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Computes the log-probability of each line's text, summed over all of its paths.

    >>> frames = np.log([[[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]]])
    >>> np.exp(log_likelihoods(frames, np.array([3]), [[1]])).round(3).tolist()
    [0.932]

    Args:
        log_probs: (B, T, K) float32, finite.
        frames: (B,) int32, the number of valid frames of each line.
        texts: The ids of each of the B texts, without blanks.

    Returns:
        (B,) float64, the natural logarithms of the probabilities; -inf if a text needs more frames than its line has.
    """
    lengths = np.array([len(ids) for ids in texts])
    states, skips = _lay_out(texts)
    probs = np.exp(np.take_along_axis(log_probs, states[:, None], axis=2), dtype=np.float64)  # (B, T, S)
    # After its last frame, a line stays in the blank after its text: what is there in the end has read all of the text.
    probs = np.pad(probs, ((0, 0), (0, 1), (0, 0)))
    probs[np.arange(probs.shape[1]) >= frames[:, None]] = 0
    for line, frame, length in zip(probs, frames, lengths, strict=True):
        line[frame:, 2 * length] = 1
    reached = np.zeros((len(texts), 2 + states.shape[1]))  # with two states before the first, which are never reached
    reached[:, 2] = 1
    totals = np.zeros(len(texts))
    for frame in probs.swapaxes(0, 1):
        reached[:, 2:] = frame * (reached[:, 2:] + reached[:, 1:-1] + skips * reached[:, :-2])
        scale = reached.sum(axis=1)
        with np.errstate(divide="ignore"):
            totals += np.log(scale)
        reached /= np.where(scale > 0, scale, 1)[:, None]
    return totals


def _best_path(log_probs: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Returns the state (T,) of each frame on the most probable path."""
    (states,), (skips,) = _lay_out([ids])
    scores = np.full(len(states), -np.inf)  # before the first frame: in the first blank, which reaches two states
    scores[0] = 0.0
    steps = np.zeros((len(log_probs), len(states)), int)
    for t, frame in enumerate(log_probs[:, states]):
        arrivals = _arrivals(scores, skips)
        steps[t] = arrivals.argmax(axis=0)
        scores = arrivals.max(axis=0) + frame
    path = np.zeros(len(log_probs), int)
    state = len(states) - 1 - int(scores[:-3:-1].argmax())
    for t in reversed(range(len(path))):
        path[t] = state
        state -= steps[t, state]
    return path


def _lay_out(texts: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the tokens of each text's states, (B, S), and whether a path may skip the blank before each, (B, S) bool.

    With L characters in the longest text, S is 2L + 1. The others are filled up with blanks.
    """
    states = np.full((len(texts), 2 * max(map(len, texts), default=0) + 1), Alphabet.BLANK)
    for row, ids in zip(states, texts, strict=True):
        row[1 : 2 * len(ids) : 2] = ids
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = states[:, 2:] != states[:, :-2]
    return states, skips


def _arrivals(scores: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """Returns the scores (3, S) of reaching each state by staying, by advancing and by skipping a blank."""
    arrivals = np.full((3, len(scores)), -np.inf)
    arrivals[0] = scores
    arrivals[1, 1:] = scores[:-1]
    arrivals[2, 2:] = np.where(skips[2:], scores[:-2], -np.inf)
    return arrivals


def _span(log_probs: np.ndarray, token: int, frames: np.ndarray) -> Span:
    return Span(token, float(np.exp(log_probs[frames].max())), int(frames[0]), int(frames[-1]))
