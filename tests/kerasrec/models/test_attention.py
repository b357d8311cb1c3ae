import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.attention import Attention, rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 6)).astype(np.float32)
MEMORY = RNG.normal(size=(2, 5, 6)).astype(np.float32)
SEEN = RNG.random((3, 5)) < 0.6
SEEN[:, 0] = True


@pytest.fixture(scope="module", params=[1, 2, 3])
def layer(request, randomise) -> Attention:
    made = Attention(6, request.param, 0.5)
    made.build()
    randomise(made)
    return made


def test_it_is_that_of_plain_numpy(layer, plain_attention):
    found = layer(X, layer.remember(MEMORY), SEEN)
    for line, memory, output in zip(X, MEMORY, found, strict=True):
        expected = plain_attention(line, memory, SEEN, layer.heads, layer.get_weights())
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_each_line_may_look_at_places_of_its_own(layer, plain_attention):
    frames = np.array([4, 2])
    seen = (np.arange(5) < frames[:, None])[:, None, None]  # (B, 1, 1, M)
    found = layer(X, layer.remember(MEMORY), seen)
    for line, memory, count, output in zip(X, MEMORY, frames, found, strict=True):
        expected = plain_attention(line, memory[:count], True, layer.heads, layer.get_weights())
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_what_is_not_seen_does_not_matter(layer):
    other = np.where(SEEN.any(axis=0)[None, :, None], MEMORY, 100).astype(np.float32)
    np.testing.assert_array_equal(layer(X, layer.remember(other), SEEN), layer(X, layer.remember(MEMORY), SEEN))


def test_what_sees_nothing_gets_something_finite(layer):
    assert np.all(np.isfinite(layer(X, layer.remember(MEMORY), np.zeros((3, 5), bool))))


@pytest.mark.parametrize("place", range(3))
def test_a_place_gets_alone_what_it_gets_among_others(layer, place):
    memory = layer.remember(MEMORY)
    alone = layer(X[:, place : place + 1], memory, SEEN[place])
    np.testing.assert_allclose(alone, layer(X, memory, SEEN)[:, place : place + 1], rtol=1e-5, atol=1e-6)


def test_a_graph_serves_all_lengths(layer):
    unknown = tf.TensorSpec((None, None, 6), tf.float32)
    graph = tf.function(
        lambda x, memory, seen: layer(x, layer.remember(memory), seen),
        input_signature=[unknown, unknown, tf.TensorSpec((None, None), tf.bool)],
    )
    for length in (1, 3):
        expected = layer(X[:, :length], layer.remember(MEMORY), SEEN[:length])
        np.testing.assert_allclose(graph(X[:, :length], MEMORY, SEEN[:length]), expected, rtol=1e-5, atol=1e-6)


def test_dropout_acts_on_the_weights_in_training_alone(layer):
    memory = layer.remember(MEMORY)
    read = layer(X, memory, SEEN)
    np.testing.assert_array_equal(layer(X, memory, SEEN), read)
    assert np.abs(layer(X, memory, SEEN, training=True) - read).max() > 1e-3


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_it_computes_in_half_precision_what_is_not_seen_included(layer, policy):
    fast = Attention(6, layer.heads, 0.5, dtype=policy)
    fast.build()
    fast.set_weights(layer.get_weights())
    found = fast(X, fast.remember(MEMORY), SEEN)
    assert found.dtype == fast.compute_dtype
    error = np.abs(tf.cast(found, tf.float32) - layer(X, layer.remember(MEMORY), SEEN))
    assert 0 < error.max() < 0.05


def test_the_weights_start_as_those_of_pytorch():
    keras.utils.set_random_seed(0)
    layer = Attention(256, 4, 0.0)
    layer.build()
    query, key_value, output = (dense.kernel.numpy() for dense in (layer.query, layer.key_value, layer.output_dense))
    for kernel, bound in ((query, (6 / (4 * 256)) ** 0.5), (key_value, (6 / (4 * 256)) ** 0.5), (output, 256**-0.5)):
        assert np.abs(kernel).max() == pytest.approx(bound, rel=1e-3)
        assert kernel.std() == pytest.approx(bound / 3**0.5, rel=0.01)  # as it is between bounds
    assert not any(dense.bias.numpy().any() for dense in (layer.query, layer.key_value, layer.output_dense))
    assert np.abs(np.corrcoef(query.ravel(), key_value[:, :256].ravel())[0, 1]) < 0.02  # not the same numbers


def test_it_survives_being_saved():
    layer = Attention(6, 3, 0.25, name="text")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, Attention)
    assert (again.dim, again.heads, again.rate, again.name) == (6, 3, 0.25, "text")


def test_rows_are_the_places_of_all_lines():
    assert rows(np.arange(24).reshape(2, 3, 4)).numpy().tolist() == np.arange(24).reshape(6, 4).tolist()
