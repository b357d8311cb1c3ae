"""Decoders against brute force over all paths and texts of small cases, and the positions of characters."""

import itertools

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Decoding, Span, align, beam_search, greedy, log_likelihood, to_reading
from kerasrec.errors import InfeasibleLine, UsageError


def random_log_probs(*shape: int, seed: int = 0, scale: float = 2.0) -> np.ndarray:
    """Normalised log-probabilities (..., K) float32."""
    logits = np.random.default_rng(seed).normal(0, scale, shape)
    return (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype(np.float32)


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    """The text of a path."""
    return tuple(token for token, _ in itertools.groupby(path) if token != 0)


def all_texts(log_probs: np.ndarray) -> dict[tuple[int, ...], list[tuple[float, tuple[int, ...]]]]:
    """Maps every text to its paths, each with its log-probability."""
    texts: dict[tuple[int, ...], list[tuple[float, tuple[int, ...]]]] = {}
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        score = float(log_probs[np.arange(len(path)), path].sum(dtype=np.float64))
        texts.setdefault(collapse(path), []).append((score, path))
    return texts


def test_the_confidence_of_greedy_decoding_is_the_probability_of_the_text():
    log_probs, frames = random_log_probs(6, 5, 4, scale=1.0), np.arange(6)
    for line, end, decoding in zip(log_probs, frames, greedy(log_probs, frames), strict=True):
        paths = all_texts(line[:end])[tuple(decoding.ids)]
        assert decoding.confidence == pytest.approx(sum(np.exp(score) for score, _ in paths), rel=1e-5)
    (decoding,) = greedy(log_probs[:1], np.array([5]), merge=False)
    assert decoding.confidence == pytest.approx(np.exp(log_probs[0].max(axis=1).sum()), rel=1e-5)


def test_greedy_merges_repeats_and_drops_blanks_in_the_valid_frames():
    log_probs, frames = random_log_probs(40, 12, 4), np.arange(40) % 13
    for line, end, decoding in zip(log_probs, frames, greedy(log_probs, frames), strict=True):
        path = tuple(line[:end].argmax(axis=1).tolist())
        assert tuple(decoding.ids) == collapse(path)
        covered = [t for span in decoding.spans for t in range(span.first, span.last + 1)]
        assert covered == [t for t, token in enumerate(path) if token != 0]
        for span in decoding.spans:
            assert path[span.first : span.last + 1] == (span.id,) * (span.last + 1 - span.first)
            assert span.confidence == pytest.approx(np.exp(line[span.first : span.last + 1, span.id].max()), rel=1e-5)


def test_greedy_on_a_line_without_frames_is_an_empty_text_with_confidence_1():
    assert greedy(random_log_probs(1, 3, 4), np.array([0])) == [Decoding(1.0, ())]


@pytest.mark.parametrize("seed", range(8))
def test_beam_search_finds_the_most_probable_text(seed):
    log_probs = random_log_probs(5, 4, seed=seed, scale=1.0)
    sums = {text: sum(np.exp(score) for score, _ in paths) for text, paths in all_texts(log_probs).items()}
    best = max(sums, key=sums.__getitem__)
    decoding = beam_search(log_probs, width=1000, threshold=0.0)
    assert tuple(decoding.ids) == best
    assert decoding.confidence == pytest.approx(sums[best], rel=1e-5)


def test_beam_search_beats_greedy_when_the_best_text_has_several_paths():
    # The best path is two blanks (0.36), but "1" has three paths (0.64).
    log_probs = np.log(np.array([[0.6, 0.4], [0.6, 0.4]], np.float32))
    assert greedy(log_probs[None], np.array([2]))[0].ids == []
    decoding = beam_search(log_probs)
    assert decoding.ids == [1]
    assert decoding.confidence == pytest.approx(0.64)


def test_a_narrow_beam_agrees_with_brute_force_on_confident_lines():
    for seed in range(10):
        log_probs = random_log_probs(6, 4, seed=seed, scale=5.0)
        sums = {text: sum(np.exp(score) for score, _ in paths) for text, paths in all_texts(log_probs).items()}
        assert tuple(beam_search(log_probs, width=8).ids) == max(sums, key=sums.__getitem__)


def test_the_confidence_is_exact_for_a_beam_of_any_width():
    log_probs = random_log_probs(5, 4, seed=3, scale=1.0)
    for width in (1, 2, 5):
        decoding = beam_search(log_probs, width, threshold=0.2)
        expected = sum(np.exp(score) for score, _ in all_texts(log_probs)[tuple(decoding.ids)])
        assert decoding.confidence == pytest.approx(expected, rel=1e-5)


def test_the_threshold_excludes_improbable_tokens():
    log_probs = np.log(np.array([[0.1, 0.7, 0.2], [0.1, 0.2, 0.7]], np.float32))
    assert beam_search(log_probs, threshold=0.5).ids == [1, 2]
    assert beam_search(log_probs, threshold=0.9).ids == []


def test_beam_search_on_a_line_without_frames():
    assert beam_search(random_log_probs(0, 4)) == Decoding(1.0, ())


@pytest.mark.parametrize(("width", "threshold"), [(0, 0.1), (4, -0.1), (4, 1.5)])
def test_beam_search_raises_for_invalid_settings(width, threshold):
    with pytest.raises(UsageError, match=f"they are {width} and {threshold}"):
        beam_search(random_log_probs(3, 4), width, threshold)


class PairPrior:
    """Scores each token by the one before it, at random."""

    start = 0

    def __init__(self, tokens: int, seed: int) -> None:
        self.scores = np.random.default_rng(seed).normal(0, 3, (tokens, tokens))

    def next(self, state: int) -> np.ndarray:
        return self.scores[state]

    def advance(self, state: int, token: int) -> int:
        return token

    def score(self, text: tuple[int, ...]) -> float:
        return sum(self.scores[pair] for pair in itertools.pairwise((self.start, *text)))


@pytest.mark.parametrize("seed", range(8))
def test_beam_search_with_a_prior_finds_the_text_with_the_best_score(seed):
    log_probs, prior = random_log_probs(5, 4, seed=seed, scale=1.0), PairPrior(4, seed)
    sums = {text: np.logaddexp.reduce([s for s, _ in paths]) for text, paths in all_texts(log_probs).items()}
    best = max(sums, key=lambda text: sums[text] + prior.score(text))
    decoding = beam_search(log_probs, width=1000, threshold=0.0, prior=prior)
    assert tuple(decoding.ids) == best
    assert decoding.confidence == pytest.approx(np.exp(sums[best]), rel=1e-5)
    assert decoding.spans == align(log_probs.astype(np.float64), best)


def test_a_prior_decides_which_prefixes_are_kept():
    # "1" and then "3" is the best text, but a beam of 1 that ignored the prior would keep "2" first.
    log_probs = np.log(np.array([[0.02, 0.4, 0.5, 0.08], [0.02, 0.09, 0.09, 0.8]], np.float32))
    prior = PairPrior(4, 0)
    prior.scores[:] = 0.0
    prior.scores[0, 1] = 2.0
    assert beam_search(log_probs, width=1).ids == [2, 3]
    assert beam_search(log_probs, width=1, prior=prior).ids == [1, 3]


def test_a_prior_that_scores_nothing_changes_nothing():
    prior = PairPrior(12, 0)
    prior.scores[:] = 0.0
    for log_probs in random_log_probs(20, 30, 12, seed=2):
        assert beam_search(log_probs, prior=prior) == beam_search(log_probs)


def test_log_likelihood_and_align_equal_the_sum_and_the_best_of_all_paths():
    log_probs = random_log_probs(5, 4, seed=1)
    for text, paths in all_texts(log_probs).items():
        assert log_likelihood(log_probs, text) == pytest.approx(np.logaddexp.reduce([s for s, _ in paths]), abs=1e-5)
        spans = align(log_probs, text)
        path = np.zeros(5, int)
        for span in spans:
            path[span.first : span.last + 1] = span.id
            assert span.confidence == pytest.approx(np.exp(log_probs[span.first : span.last + 1, span.id].max()))
        assert tuple(span.id for span in spans) == text
        assert log_probs[np.arange(5), path].sum() == pytest.approx(max(paths)[0], abs=1e-5)


def test_align_agrees_with_greedy_on_the_greedy_text():
    for line in random_log_probs(20, 12, 4, seed=5):
        decoding = greedy(line[None], np.array([12]))[0]
        assert align(line, decoding.ids) == decoding.spans


def test_a_text_that_does_not_fit_has_zero_probability_and_no_alignment():
    log_probs = random_log_probs(4, 3)
    assert log_likelihood(log_probs, [1, 1, 2, 1]) == -np.inf
    with pytest.raises(InfeasibleLine, match="4 characters needs at least 5 frames, but its line has 4"):
        align(log_probs, [1, 1, 2, 1])


def spans(*ids_and_frames: tuple[int, int, int]) -> Decoding:
    """Makes a decoding with a confidence of 0.5 from (id, first, last) of each character."""
    return Decoding(0.5, tuple(Span(token, 0.75, first, last) for token, first, last in ids_and_frames))


def test_neighbours_are_divided_halfway_between_their_frames():
    reading = to_reading(spans((40, 1, 1), (66, 3, 4), (41, 8, 8)), Alphabet(), np.arange(10) * 10.0, 100)
    assert (reading.text, reading.confidence) == ("a b", 0.5)
    assert [(c.text, c.confidence, c.start, c.end) for c in reading.characters] == [
        ("a", 0.75, 0.0, 22.5),  # symmetric would be -2.5 px
        (" ", 0.75, 22.5, 57.5),
        ("b", 0.75, 57.5, 100.0),
    ]


def test_evenly_spaced_glyphs_get_their_true_positions():
    # Glyphs of 28 px without overlap, each predicted in the frame at its centre.
    reading = to_reading(spans((40, 1, 1), (41, 3, 3), (42, 5, 5)), Alphabet(), np.arange(7) * 14.0, 84)
    assert [(c.start, c.end) for c in reading.characters] == [(0, 28), (28, 56), (56, 84)]


def test_a_single_character_spans_the_whole_width_and_an_empty_text_has_none():
    assert to_reading(spans((40, 2, 3)), Alphabet(), np.arange(5.0), 17).characters[0].end == 17
    assert to_reading(spans(), Alphabet(), np.arange(5.0), 17).characters == ()


def test_special_tokens_are_not_part_of_the_text():
    reading = to_reading(spans((1, 0, 0), (40, 2, 2), (3, 4, 4)), Alphabet(), np.arange(6) * 4.0, 24)
    assert reading.text == "a"
    assert [(c.text, c.start, c.end) for c in reading.characters] == [("a", 0, 24)]
