import numpy as np
import pytest
import tensorflow as tf

from kerasrec.decoding import greedy
from kerasrec.export.graph_best_path import decode_best_path

WRITTEN = np.array([False, False, False, False, True, True, True])


def log_probs_of(*lines: str, frames: int | None = None) -> np.ndarray:
    """Log-probabilities (B, T, 7) of paths such as "44_5", where a digit is a token and "_" the blank."""
    length = frames or max(map(len, lines))
    probabilities = np.full((len(lines), length, 7), 0.05)
    for line, path in zip(probabilities, lines, strict=True):
        for t, token in enumerate(path):
            line[t, 0 if token == "_" else int(token)] = 0.7
    return np.log(probabilities / probabilities.sum(-1, keepdims=True)).astype(np.float32)


def random_log_probs(seed: int, lines: int = 5, frames: int = 40) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (lines, frames, 7))
    return tf.nn.log_softmax(logits.astype(np.float32)).numpy()


RUN = {"eagerly": decode_best_path, "in a graph": tf.function(decode_best_path, autograph=False)}


@pytest.mark.parametrize("how", RUN)
def test_repeats_merge_and_blanks_drop(how):
    path = RUN[how](log_probs_of("_44_4", "556__"), tf.constant([5, 5]), WRITTEN)
    assert path.ids.numpy().tolist() == [[4, 4], [5, 6]]
    assert path.first.numpy().tolist() == [[1, 4], [0, 2]]
    assert path.last.numpy().tolist() == [[2, 4], [1, 2]]


def test_shorter_texts_are_padded_with_zeros():
    path = decode_best_path(log_probs_of("4_5_6", "_____", "6____"), tf.constant([5, 5, 5]), WRITTEN)
    assert path.count.numpy().tolist() == [3, 0, 1]
    assert path.ids.numpy().tolist() == [[4, 5, 6], [0, 0, 0], [6, 0, 0]]
    assert path.confidence.numpy()[1].tolist() == [0, 0, 0]
    assert path.last.numpy().tolist() == [[0, 2, 4], [0, 0, 0], [0, 0, 0]]


def test_frames_past_the_end_of_a_line_are_ignored():
    path = decode_best_path(log_probs_of("44455", "44455"), tf.constant([3, 4]), WRITTEN)
    assert path.ids.numpy().tolist() == [[4, 0], [4, 5]]
    assert path.last.numpy().tolist() == [[2, 0], [2, 3]]


def test_special_tokens_separate_characters_and_are_not_written():
    path = decode_best_path(log_probs_of("4341"), tf.constant([4]), WRITTEN)
    assert path.ids.numpy().tolist() == [[4, 4]]
    assert path.first.numpy().tolist() == [[0, 2]]


def test_lines_without_text_have_no_columns():
    path = decode_best_path(log_probs_of("___", "_3_"), tf.constant([3, 0]), WRITTEN)
    assert path.ids.shape == (2, 0)
    assert path.probability.numpy()[1] == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_results_match_greedy_decoding(seed):
    log_probs, frames = random_log_probs(seed), np.array([40, 1, 17, 0, 39], np.int32)
    path = RUN["in a graph"](log_probs, tf.constant(frames), np.arange(7) > 0)
    for i, decoding in enumerate(greedy(log_probs, frames)):
        count = int(path.count[i])
        assert path.ids[i, :count].numpy().tolist() == decoding.ids
        assert path.first[i, :count].numpy().tolist() == [span.first for span in decoding.spans]
        assert path.last[i, :count].numpy().tolist() == [span.last for span in decoding.spans]
        np.testing.assert_allclose(path.confidence[i, :count], [span.confidence for span in decoding.spans], rtol=1e-6)
        np.testing.assert_allclose(path.probability[i], decoding.confidence, rtol=1e-5)
