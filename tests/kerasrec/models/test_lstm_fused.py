import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models import lstm_fused, lstm_kernels


@pytest.fixture(scope="module")
def layer(randomise) -> keras.layers.LSTM:
    built = keras.layers.LSTM(4, return_sequences=True)
    built.build((None, None, 3))
    randomise(built)
    return built


@pytest.mark.parametrize(("lines", "frames"), [(2, 7), (1, 1), (5, 60)])
def test_the_output_equals_that_of_keras(layer, lines, frames):
    x = np.random.default_rng(0).normal(0, 2, (lines, frames, 3)).astype(np.float32)
    np.testing.assert_allclose(lstm_fused.run(layer, x), layer(x), rtol=1e-4, atol=1e-5)


def test_the_output_equals_plain_numpy(layer, plain_lstm):
    x = np.random.default_rng(1).normal(0, 2, (1, 9, 3)).astype(np.float32)
    np.testing.assert_allclose(
        lstm_fused.run(layer, x)[0], plain_lstm(x[0], *layer.get_weights()), rtol=1e-4, atol=1e-5
    )


def test_computing_a_gradient_raises(layer):
    x = tf.ones((2, 6, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(lstm_fused.run(layer, x))
    with pytest.raises(LookupError, match="The fused LSTM has no gradient. Call the model with training=True"):
        tape.gradient(loss, x)


def test_the_dtype_is_kept(layer):
    x = tf.cast(np.random.default_rng(0).normal(size=(2, 5, 3)), tf.bfloat16)
    found = lstm_fused.run(layer, x)
    assert found.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(found, tf.float32), layer(tf.cast(x, tf.float32)), atol=0.01)


@pytest.mark.parametrize(("gpus", "preferred"), [([], True), (["GPU:0"], False)])
def test_it_is_preferred_without_a_gpu(gpus, preferred, monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: gpus if kind == "GPU" else ["CPU:0"])
    assert (lstm_kernels.find_kernel() == "fused") is preferred


def test_it_is_preferred_in_portable_graphs_even_with_a_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["a GPU"])
    assert lstm_kernels.find_kernel() == "keras"
    with lstm_kernels.portable():
        assert lstm_kernels.find_kernel() == "fused"
    assert lstm_kernels.find_kernel() == "keras"
