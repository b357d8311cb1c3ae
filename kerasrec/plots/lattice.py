"""Plots all paths that spell a text on the frames of a line, which CTC sums over, and the most probable one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import align, log_likelihood
from kerasrec.plots.canvas import GRID, INK, MARK, PALE, Canvas, write_canvas
from kerasrec.plots.font import show_token

_STEP, _ROW, _NODE, _HEIGHT = 64, 36, 42, 22  # pixels: between frames, between states, width and height of a node
_LEFT, _WORDS, _MARGIN, _NARROWEST = (
    64,
    20,
    12,
    360,
)  # pixels: left of the frames, a line of text, the margin, the width


def lattice(
    path: Path, line: np.ndarray, log_probs: np.ndarray, text: str, alphabet: Alphabet, centres: np.ndarray
) -> None:
    """Draws the probability of each token of a text in each frame and the steps of all paths, and writes it as PNG.

    Args:
        path: The file to write.
        line: (H, w) uint8, ink 255 on 0.
        log_probs: (T, K) float32, finite, those of the T frames to show; T at least 2.
        text: The text that the paths spell, at least one character.
        alphabet: The alphabet of the K ids.
        centres: (T,) the centre of each frame in pixels of the line, ascending in equal steps.

    Raises:
        InfeasibleLine: The text needs more than T frames.
        CannotWrite: The folder is not writable, or the disk is full.
    """
    ids = alphabet.encode(text)
    chosen = path_states(log_probs, ids)
    tokens = [Alphabet.BLANK, *(token for i in ids for token in (i, Alphabet.BLANK))]
    used = usable_nodes(len(log_probs), tokens)
    scale = _STEP / (centres[1] - centres[0])
    left = _LEFT + _STEP / 2 - centres[0] * scale
    top = 2 * _MARGIN + 3 * _WORDS + line.shape[0] * scale
    width = max(left + line.shape[1] * scale, _LEFT + _STEP * len(log_probs), _NARROWEST) + _MARGIN

    def draw(canvas: Canvas) -> None:
        for number, words in enumerate(_summary(log_probs, ids, text)):
            canvas.write(_MARGIN, _MARGIN + _WORDS * (number + 0.3), words, align="left")
        canvas.image(left, _MARGIN + 3 * _WORDS, line, scale)
        _draw_heads(canvas, top, len(log_probs), [show_token(token, alphabet) for token in tokens])
        _draw_steps(canvas, top + _WORDS, used, tokens, chosen)
        for t, state in np.argwhere(used).tolist():
            probability = float(np.exp(log_probs[t, tokens[state]]))
            _draw_node(canvas, top + _WORDS, t, state, probability, on_path=chosen[t] == state)

    write_canvas(path, width, top + _WORDS + _ROW * len(tokens) + _MARGIN, draw)


def path_states(log_probs: np.ndarray, ids: Sequence[int]) -> list[int]:
    """Returns the state of each frame on the text's most probable path: 2n + 1 for character n, even for blanks.

    >>> path_states(np.log([[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]]), [1, 1])
    [1, 2, 3]
    """
    states = [0] * len(log_probs)
    for number, span in enumerate(align(log_probs, ids)):
        states[span.first : span.last + 1] = [2 * number + 1] * (span.last + 1 - span.first)
        states[span.last + 1 :] = [2 * number + 2] * (len(states) - span.last - 1)
    return states


def usable_nodes(frames: int, tokens: Sequence[int]) -> np.ndarray:
    """Returns (T, S) bool: whether any complete path is in a state in a frame."""
    backwards = _reached(frames, tokens[::-1])[::-1, ::-1]
    usable: np.ndarray = _reached(frames, tokens) & backwards
    return usable


def _reached(frames: int, tokens: Sequence[int]) -> np.ndarray:
    """Returns (T, S) bool: whether a path from the start can be in a state in a frame."""
    reached = np.zeros((frames, len(tokens)), bool)
    reached[0, :2] = True
    for t in range(1, frames):
        for state in range(len(tokens)):
            previous = range(max(state - 2, 0), state + 1)
            reached[t, state] = any(reached[t - 1, each] and _may_follow(tokens, each, state) for each in previous)
    return reached


def _may_follow(tokens: Sequence[int], before: int, after: int) -> bool:
    """Returns whether a step stays, advances to the next state, or skips a blank between two different characters."""
    return after - before < 2 or (after - before == 2 and tokens[after] != tokens[before])


def _summary(log_probs: np.ndarray, ids: Sequence[int], text: str) -> Iterator[str]:
    """Describes the number of paths that spell the text, and their total probability."""
    count = round(float(np.exp(log_likelihood(np.zeros(log_probs.shape), ids))))
    path = range(len(log_probs)), _tokens_on_path(log_probs, ids)
    total, best = log_likelihood(log_probs, ids), float(log_probs[path].sum())
    yield f"{count:,} paths of {len(log_probs)} frames spell “{text}”"
    yield f"all together {np.exp(total):.4f}, the best alone {np.exp(best):.4f}"
    yield f"loss -ln {np.exp(total):.4f} = {-total:.4f}"


def _tokens_on_path(log_probs: np.ndarray, ids: Sequence[int]) -> list[int]:
    return [ids[state // 2] if state % 2 else Alphabet.BLANK for state in path_states(log_probs, ids)]


def _draw_heads(canvas: Canvas, top: float, frames: int, names: Sequence[str]) -> None:
    canvas.write(_LEFT - 4, top + _WORDS / 2, "frame", PALE, "right")
    for t in range(frames):
        canvas.write(_LEFT + _STEP * (t + 0.5), top + _WORDS / 2, str(t), PALE)
    for state, name in enumerate(names):
        canvas.write(_LEFT - 4, top + _WORDS + _ROW * (state + 0.5), name, INK if state % 2 else PALE, "right")


def _draw_steps(canvas: Canvas, top: float, used: np.ndarray, tokens: Sequence[int], chosen: Sequence[int]) -> None:
    """Draws a line from each node to all nodes that may follow it."""
    for t, state in np.argwhere(used[:-1]).tolist():
        for after in range(state, min(state + 3, len(tokens))):
            if used[t + 1, after] and _may_follow(tokens, state, after):
                on_path = (chosen[t], chosen[t + 1]) == (state, after)
                xs = (_LEFT + _STEP * (t + 0.5) + _NODE / 2, _LEFT + _STEP * (t + 1.5) - _NODE / 2)
                ys = (top + _ROW * (state + 0.5), top + _ROW * (after + 0.5))
                canvas.line(xs, ys, MARK if on_path else GRID, 3 if on_path else 1)


def _draw_node(canvas: Canvas, top: float, t: int, state: int, probability: float, on_path: bool) -> None:
    x, y = _LEFT + _STEP * (t + 0.5), top + _ROW * (state + 0.5)
    border = (MARK, 3) if on_path else (GRID, 1)
    canvas.box(x - _NODE / 2, y - _HEIGHT / 2, _NODE, _HEIGHT, colormaps["Blues"](0.85 * probability), *border)
    canvas.write(x, y, f"{probability:.2f}", "white" if probability > 0.6 else INK)
