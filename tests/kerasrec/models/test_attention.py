import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.attention import Attention, rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 6)).astype(np.float32)
MEMORY = RNG.normal(size=(2, 5, 6)).astype(np.float32)
MASK = RNG.random((3, 5)) < 0.6
MASK[:, 0] = True


@pytest.fixture(scope="module", params=[1, 2, 3])
def layer(request, randomise) -> Attention:
    made = Attention(6, request.param, 0.5)
    made.build()
    randomise(made)
    return made


def test_the_output_equals_plain_numpy(layer, plain_attention):
    found = layer(X, layer.compute_key_values(MEMORY), MASK)
    for line, memory, output in zip(X, MEMORY, found, strict=True):
        expected = plain_attention(line, memory, MASK, layer.heads, layer.get_weights())
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_each_line_can_have_its_own_mask(layer, plain_attention):
    frames = np.array([4, 2])
    mask = (np.arange(5) < frames[:, None])[:, None, None]  # (B, 1, 1, M)
    found = layer(X, layer.compute_key_values(MEMORY), mask)
    for line, memory, count, output in zip(X, MEMORY, frames, found, strict=True):
        expected = plain_attention(line, memory[:count], True, layer.heads, layer.get_weights())
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_masked_positions_have_no_effect(layer):
    other = np.where(MASK.any(axis=0)[None, :, None], MEMORY, 100).astype(np.float32)
    np.testing.assert_array_equal(
        layer(X, layer.compute_key_values(other), MASK), layer(X, layer.compute_key_values(MEMORY), MASK)
    )


def test_a_fully_masked_position_has_finite_outputs(layer):
    assert np.all(np.isfinite(layer(X, layer.compute_key_values(MEMORY), np.zeros((3, 5), bool))))


@pytest.mark.parametrize("position", range(3))
def test_a_position_has_the_same_output_alone_and_with_others(layer, position):
    memory = layer.compute_key_values(MEMORY)
    alone = layer(X[:, position : position + 1], memory, MASK[position])
    np.testing.assert_allclose(alone, layer(X, memory, MASK)[:, position : position + 1], rtol=1e-5, atol=1e-6)


def test_one_graph_works_for_all_lengths(layer):
    unknown = tf.TensorSpec((None, None, 6), tf.float32)
    graph = tf.function(
        lambda x, memory, mask: layer(x, layer.compute_key_values(memory), mask),
        input_signature=[unknown, unknown, tf.TensorSpec((None, None), tf.bool)],
    )
    for length in (1, 3):
        expected = layer(X[:, :length], layer.compute_key_values(MEMORY), MASK[:length])
        np.testing.assert_allclose(graph(X[:, :length], MEMORY, MASK[:length]), expected, rtol=1e-5, atol=1e-6)


def test_dropout_applies_to_the_weights_in_training_only(layer):
    memory = layer.compute_key_values(MEMORY)
    read = layer(X, memory, MASK)
    np.testing.assert_array_equal(layer(X, memory, MASK), read)
    assert np.abs(layer(X, memory, MASK, training=True) - read).max() > 1e-3


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_it_works_in_half_precision_with_masked_positions(layer, policy):
    fast = Attention(6, layer.heads, 0.5, dtype=policy)
    fast.build()
    fast.set_weights(layer.get_weights())
    found = fast(X, fast.compute_key_values(MEMORY), MASK)
    assert found.dtype == fast.compute_dtype
    error = np.abs(tf.cast(found, tf.float32) - layer(X, layer.compute_key_values(MEMORY), MASK))
    assert 0 < error.max() < 0.05


def test_the_weights_are_initialised_as_in_pytorch():
    keras.utils.set_random_seed(0)
    layer = Attention(256, 4, 0.0)
    layer.build()
    query, key_value, output = (dense.kernel.numpy() for dense in (layer.query, layer.key_value, layer.output_dense))
    for kernel, bound in ((query, (6 / (4 * 256)) ** 0.5), (key_value, (6 / (4 * 256)) ** 0.5), (output, 256**-0.5)):
        assert np.abs(kernel).max() == pytest.approx(bound, rel=1e-3)
        assert kernel.std() == pytest.approx(bound / 3**0.5, rel=0.01)  # that of a uniform distribution
    assert not any(dense.bias.numpy().any() for dense in (layer.query, layer.key_value, layer.output_dense))
    assert np.abs(np.corrcoef(query.ravel(), key_value[:, :256].ravel())[0, 1]) < 0.02  # not the same numbers


def test_it_survives_serialization():
    layer = Attention(6, 3, 0.25, name="text")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, Attention)
    assert (again.dim, again.heads, again.rate, again.name) == (6, 3, 0.25, "text")


def test_rows_flattens_all_lines():
    assert rows(np.arange(24).reshape(2, 3, 4)).numpy().tolist() == np.arange(24).reshape(6, 4).tolist()
