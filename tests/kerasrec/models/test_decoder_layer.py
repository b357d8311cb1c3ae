import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.decoder_layer import DecoderLayer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 6)).astype(np.float32)
IMAGE = RNG.normal(size=(2, 5, 6)).astype(np.float32)
CAUSAL = np.tri(4, dtype=bool)
FRAMES = np.array([5, 2])
VALID = np.arange(5) < FRAMES[:, None, None, None]


@pytest.fixture(scope="module")
def layer(randomise) -> DecoderLayer:
    made = DecoderLayer(6, 3, 7, 0.5)
    made.build()
    randomise(made)
    return made


def run(layer: DecoderLayer, x: np.ndarray, image: np.ndarray, training: bool = False) -> tf.Tensor:
    return layer(
        x, layer.text.compute_key_values(x), CAUSAL, layer.image.compute_key_values(image), VALID, training=training
    )


def plain_norm(x: np.ndarray, norm: keras.layers.LayerNormalization) -> np.ndarray:
    gamma, beta = norm.get_weights()
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + beta


def test_the_output_equals_plain_numpy(layer, plain_attention):
    found = run(layer, X, IMAGE)
    for x, image, frames, output in zip(X, IMAGE, FRAMES, found, strict=True):
        x = plain_norm(x + plain_attention(x, x, CAUSAL, 3, layer.text.get_weights()), layer.norms[0])
        x = plain_norm(x + plain_attention(x, image[:frames], True, 3, layer.image.get_weights()), layer.norms[1])
        (kernel, bias), (narrow_kernel, narrow_bias) = layer.widen.get_weights(), layer.narrow.get_weights()
        wide = np.maximum(x @ kernel + bias, 0)
        expected = plain_norm(x + wide @ narrow_kernel + narrow_bias, layer.norms[2])
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_a_token_has_the_same_output_alone_and_in_the_whole_text(layer):
    whole, text, image = run(layer, X, IMAGE), layer.text.compute_key_values(X), layer.image.compute_key_values(IMAGE)
    for position in range(4):
        alone = layer(X[:, position : position + 1], text, np.arange(4) <= position, image, VALID)
        np.testing.assert_allclose(alone[:, 0], whole[:, position], rtol=1e-5, atol=1e-6)


def test_dropout_applies_in_training_only(layer):
    read = run(layer, X, IMAGE)
    np.testing.assert_array_equal(run(layer, X, IMAGE), read)
    assert np.abs(run(layer, X, IMAGE, training=True) - read).max() > 0.01


def test_the_dense_layers_are_initialised_as_in_pytorch():
    keras.utils.set_random_seed(0)
    layer = DecoderLayer(256, 4, 100, 0.0)
    layer.build()
    for dense, inputs in ((layer.widen, 256), (layer.narrow, 100)):
        for weight in dense.get_weights():
            assert np.abs(weight).max() == pytest.approx(inputs**-0.5, rel=0.05)
            assert np.abs(weight).max() <= inputs**-0.5
            assert weight.std() == pytest.approx(inputs**-0.5 / 3**0.5, rel=0.15)


def test_it_has_as_many_parameters_as_in_pytorch():
    layer = DecoderLayer(256, 4, 256, 0.4)
    layer.build()
    assert layer.count_params() == 2 * 4 * (256 + 1) * 256 + 2 * (256 + 1) * 256 + 3 * 2 * 256 == 659_456


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_it_works_in_half_precision(layer, policy):
    fast = DecoderLayer(6, 3, 7, 0.5, dtype=policy)
    fast.build()
    fast.set_weights(layer.get_weights())
    found = run(fast, tf.cast(X, fast.compute_dtype), tf.cast(IMAGE, fast.compute_dtype))
    assert found.dtype == fast.compute_dtype
    error = np.abs(tf.cast(found, tf.float32) - run(layer, X, IMAGE))
    assert 0 < error.max() < 0.05


def test_it_survives_serialization():
    layer = DecoderLayer(6, 3, 7, 0.25, name="block1")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, DecoderLayer)
    assert again.get_config() == layer.get_config()
    assert layer.get_config().items() >= {"dim": 6, "heads": 3, "feed_forward": 7, "dropout": 0.25}.items()
