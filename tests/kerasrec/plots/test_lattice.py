from collections.abc import Iterator, Sequence
from itertools import groupby, product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.errors import InfeasibleLine
from kerasrec.plots import lattice
from kerasrec.plots.canvas import Canvas
from kerasrec.plots.lattice import path_states, usable_nodes

ALPHABET = Alphabet("ab")
CHOSEN = (200, 90, 0)


def random_frames(frames: int, seed: int = 0) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (frames, len(ALPHABET)))
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def spelling(frames: int, ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yields all paths that spell the ids, by enumerating all paths of blanks and these ids."""
    for path in product([0, *set(ids)], repeat=frames):
        if [token for token, _ in groupby(path) if token] == list(ids):
            yield path


def states_of(path: Sequence[int]) -> list[int]:
    """Returns the states of a path: 2n + 1 in character n, 2n before it."""
    states, characters = [], 0
    for t, token in enumerate(path):
        characters += bool(token) and (t == 0 or path[t - 1] != token)
        states.append(2 * characters - 1 if token else 2 * characters)
    return states


@pytest.mark.parametrize("text", ["a", "ab", "aa", "aba", "abb"])
@pytest.mark.parametrize("frames", [4, 6])
def test_the_nodes_are_those_of_all_paths_that_spell_the_text(text: str, frames: int):
    ids = ALPHABET.encode(text)
    expected = np.zeros((frames, 2 * len(ids) + 1), bool)
    for path in spelling(frames, ids):
        expected[np.arange(frames), states_of(path)] = True
    tokens = [0, *(token for i in ids for token in (i, 0))]
    assert (usable_nodes(frames, tokens) == expected).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_most_probable_one_that_spells_the_text(seed: int):
    log_probs, ids = random_frames(6, seed), ALPHABET.encode("aba")
    best = max(spelling(6, ids), key=lambda path: log_probs[range(6), path].sum())
    assert path_states(log_probs, ids) == states_of(best)


def drawn(path: Path, frames: int, text: str) -> np.ndarray:
    centres = 8 + 16 * np.arange(frames)
    line = np.zeros((28, 16 * frames), np.uint8)
    lattice(path, line, random_frames(frames), text, ALPHABET, centres)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_the_image_has_a_column_per_frame_and_a_row_per_state(tmp_path: Path):
    small, wide, high = (drawn(tmp_path / "a.png", *of) for of in ((6, "ab"), (8, "ab"), (6, "aba")))
    assert wide.shape == (small.shape[0], small.shape[1] + 2 * 64, 3)
    assert high.shape == (small.shape[0] + 2 * 36, small.shape[1], 3)


def test_the_path_is_marked_in_every_frame(tmp_path: Path):
    marked = (drawn(tmp_path / "a.png", 6, "aba") == CHOSEN).all(axis=-1)
    for frame in range(6):
        assert marked[:, 64 + 64 * frame + 11 : 64 + 64 * frame + 53].sum() > 60


def test_the_summary_of_the_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    texts = []
    monkeypatch.setattr(Canvas, "write", lambda self, x, y, text, *style, **more: texts.append(text))
    line, log_probs = np.zeros((28, 32), np.uint8), np.log(np.full((3, 6), 1 / 6))
    lattice(tmp_path / "a.png", line, log_probs, "ab", ALPHABET, np.arange(3))
    assert texts[:3] == [
        "5 paths of 3 frames spell “ab”",  # aab, abb, _ab, a_b, ab_
        "all together 0.0231, the best alone 0.0046",
        "loss -ln 0.0231 = 3.7658",
    ]
    assert texts.count("0.17") == usable_nodes(3, [0, 4, 0, 5, 0]).sum()


def test_a_text_with_too_few_frames_raises(tmp_path: Path):
    with pytest.raises(InfeasibleLine, match="2 characters needs at least 3 frames"):
        drawn(tmp_path / "a.png", 2, "aa")
