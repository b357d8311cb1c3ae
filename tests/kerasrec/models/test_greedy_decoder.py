from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.models.greedy_decoder import PADDING_LOGIT, GreedyDecoder
from kerasrec.models.transformer_decoder import TransformerDecoder

LINES, STEPS = 12, 8
RNG = np.random.default_rng(0)
MEMORY = RNG.normal(size=(LINES, 5, 6)).astype(np.float32)
FRAMES = RNG.integers(1, 6, LINES, np.int32)


def make(end: float = 0.2, policy: str = "float32") -> GreedyDecoder:
    """Makes a decoder that tends to predict a fixed sequence of tokens, but differs with a line's memory.

    The higher `end` is, the earlier it predicts `<E>`.
    """
    rng = np.random.default_rng(2)
    decoder = TransformerDecoder(9, 6, 2, 3, 7, dropout=0.4, position_dropout=0.1, dtype=policy)
    layer = GreedyDecoder(decoder, STEPS, dtype=policy)
    layer.build()
    layer.set_weights([rng.normal("gamma" in weight.path, 0.2, weight.shape) for weight in layer.weights])
    embedding, kernel, bias = rng.normal(size=(9, 6)), rng.normal(0, 0.2, (6, 9)), np.zeros(9)
    order = [Alphabet.START, 5, 7, 4, 8, 6, 0, 3]
    kernel[:, order[1:]] += embedding[order[:-1]].T
    bias[Alphabet.END] = end
    decoder.embedding.set_weights([embedding])
    decoder.classes.set_weights([kernel, bias])
    return layer


@pytest.fixture(scope="module")
def layer() -> GreedyDecoder:
    return make()


@pytest.fixture(scope="module")
def read(layer: GreedyDecoder) -> Callable[..., np.ndarray]:
    return compiled(layer)


def compiled(layer: GreedyDecoder) -> Callable[..., np.ndarray]:
    """Compiles the layer to one graph for all batch sizes and widths."""
    unknown = [tf.TensorSpec((None, None, 6)), tf.TensorSpec((None,), tf.int32)]
    graph = tf.function(lambda *inputs: layer(inputs), input_signature=unknown)
    return lambda memory, frames: graph(memory, frames).numpy()


def count_tokens(tokens: np.ndarray) -> np.ndarray:
    """Counts the tokens of lines (B, S), including `<E>`."""
    is_end = tokens == Alphabet.END
    return np.where(is_end.any(axis=1), is_end.argmax(axis=1) + 1, tokens.shape[1])


def decode_without_cache(decoder: TransformerDecoder) -> np.ndarray:
    """Decodes greedily and computes all tokens so far again in each step; returns logits (B, S, K)."""
    tokens = np.full((LINES, 1), Alphabet.START)
    for _ in range(STEPS):
        logits = np.array(decoder([MEMORY, FRAMES, tokens]))
        tokens = np.concatenate([tokens, logits[:, -1:].argmax(axis=-1)], axis=1)
    return logits


def test_decoding_with_and_without_the_cache_is_the_same(layer, read):
    found, expected = read(MEMORY, FRAMES), decode_without_cache(layer.decoder)
    counts = count_tokens(found.argmax(axis=-1))
    assert found.shape == (LINES, STEPS, 9)
    assert len(set(counts)) > 3 and counts.max() == STEPS  # lines of different lengths, and one that does not end
    assert len(np.unique(expected.argmax(axis=-1))) > 4
    np.testing.assert_array_equal(counts, count_tokens(expected.argmax(axis=-1)))
    for line, other, count in zip(found, expected, counts, strict=True):
        np.testing.assert_allclose(line[:count], other[:count], rtol=1e-4, atol=1e-4)


def test_eager_and_graph_mode_agree(layer, read):
    np.testing.assert_allclose(layer([MEMORY, FRAMES]), read(MEMORY, FRAMES), rtol=1e-4, atol=1e-4)


def test_after_the_end_there_is_padding_with_probability_1(read):
    found = read(MEMORY, FRAMES)
    after = np.arange(STEPS) >= count_tokens(found.argmax(axis=-1))[:, None]
    expected = np.where(np.arange(9) == Alphabet.PADDING, PADDING_LOGIT, 0)
    assert after.any()
    np.testing.assert_array_equal(found[after], np.broadcast_to(expected, found[after].shape))
    probability = tf.nn.softmax(found[after])[0, Alphabet.PADDING]
    assert 1 - np.finfo(np.float32).eps <= probability <= 1  # some processors round the sum of a softmax down


def test_a_line_is_the_same_alone_and_among_others(read):
    together = read(MEMORY, FRAMES)
    for i in range(LINES):
        frames = FRAMES[i : i + 1]
        alone = read(MEMORY[i : i + 1, : frames[0]], frames)
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-4, atol=1e-4)


def test_an_empty_batch(read):
    assert read(MEMORY[:0], FRAMES[:0]).shape == (0, STEPS, 9)


def test_it_stops_when_every_line_has_ended(layer, monkeypatch):
    steps, call = [], layer.decoder.classes.call
    monkeypatch.setattr(layer.decoder.classes, "call", lambda *args, **kwargs: steps.append(1) or call(*args, **kwargs))
    counts = count_tokens(np.array(layer([MEMORY, FRAMES])).argmax(axis=-1))  # eagerly, so that each step calls it
    assert len(steps) == STEPS == counts.max()
    chosen = counts < 5
    steps.clear()
    layer([MEMORY[chosen], FRAMES[chosen]])
    assert len(steps) == counts[chosen].max() < STEPS


def test_a_decoder_that_never_predicts_an_end_stops_after_all_steps():
    found = compiled(make(-1000.0))(MEMORY, FRAMES)
    assert Alphabet.END not in found.argmax(axis=-1)
    assert not np.any(found == PADDING_LOGIT)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_close_to_float32(read, policy):
    fast = make(policy=policy)
    found, expected = compiled(fast)(MEMORY, FRAMES), read(MEMORY, FRAMES)
    symbolic = fast([keras.Input((None, 6)), keras.Input((), dtype="int32")])
    assert (found.dtype, symbolic.dtype, symbolic.shape) == (np.float32, "float32", (None, STEPS, 9))
    assert 0 < np.abs(found - expected)[:, 0].max() < 0.1 * np.std(expected[:, 0])
    assert (
        np.mean(found.argmax(axis=-1) == expected.argmax(axis=-1)) > 0.8
    )  # rounding may flip a token and those after it


def test_multiplications_count_all_steps_and_the_memory_once(layer):
    step = 2 * (6 * 6 * 6 + 2 * 6 * 7 + 2 * 6 * (STEPS + 5)) + 6 * 9  # two layers; projections, dense, attention
    assert layer.multiplications(5) == STEPS * step + 2 * 5 * 2 * 6 * 6


def test_trained_outputs_counts_the_outputs_of_all_parts(layer):
    text, image = 6 + 2 * 6 + 6 + 3 * 3 * STEPS, 6 + 6 + 3 * 3 * 5  # per token: query, keys, values, output; weights
    token = text + image + 7 + 6 + 2 * 3 * 6  # two dense layers, three sums and their norms
    assert layer.trained_outputs(5) == 2 * (STEPS * token + 5 * 2 * 6)


def test_it_survives_serialization(layer, read):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, GreedyDecoder) and isinstance(again.decoder, TransformerDecoder)
    assert (again.steps, again.decoder.settings) == (STEPS, layer.decoder.settings)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(compiled(again)(MEMORY, FRAMES), read(MEMORY, FRAMES))
