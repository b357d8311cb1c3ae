import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.lstm import BidirectionalLSTM, _reverse

FRAMES = np.array([6, 1, 4, 0], np.int32)


@pytest.fixture(scope="module")
def layer(randomise) -> BidirectionalLSTM:
    built = BidirectionalLSTM(3)
    built.build([(None, None, 5), (None,)])
    randomise(built)
    return built


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, 6, 5)).astype(np.float32)


@pytest.mark.parametrize("training", [False, True], ids=["fused", "keras"])
def test_the_output_is_the_sum_of_both_directions_over_the_valid_frames(layer, x, training, plain_lstm):
    found = layer([x, FRAMES], training=training)
    assert found.shape == (4, 6, 3)
    weights = layer.get_weights()
    for line, count, output in zip(x, FRAMES, found, strict=True):
        forward = plain_lstm(line[:count], *weights[:3])
        backward = plain_lstm(line[:count][::-1], *weights[3:])[::-1]
        np.testing.assert_allclose(output[:count], (forward + backward).reshape(count, 3), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True], ids=["fused", "keras"])
def test_padding_does_not_affect_the_valid_frames(layer, x, training):
    valid = np.arange(6) < FRAMES[:, None]
    other = np.where(valid[..., None], x, 100).astype(np.float32)
    np.testing.assert_array_equal(
        layer([x, FRAMES], training=training)[valid], layer([other, FRAMES], training=training)[valid]
    )


def test_the_output_is_the_same_inside_tf_data(layer, x):
    batches = tf.data.Dataset.from_tensors((x, FRAMES)).map(lambda x, frames: layer([x, frames]))
    np.testing.assert_allclose(next(iter(batches)), layer([x, FRAMES]), rtol=1e-5, atol=1e-6)


def test_only_the_valid_frames_of_a_line_are_reversed():
    x = np.arange(16).reshape(4, 4, 1)
    found = _reverse(x, np.array([4, 3, 1, 0], np.int32))
    expected = [[3, 2, 1, 0], [6, 5, 4, 7], [8, 9, 10, 11], [12, 13, 14, 15]]
    np.testing.assert_array_equal(found[..., 0], expected)


def test_it_survives_serialization(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, BidirectionalLSTM)
    assert (again.units, again.name) == (3, layer.name)


def test_output_shape(layer):
    assert layer.compute_output_shape([(None, None, 5), (None,)]) == (None, None, 3)
    assert layer.compute_output_shape([(2, 7, 5), (2,)]) == (2, 7, 3)


def test_it_works_in_bfloat16(x, layer):
    fast = BidirectionalLSTM(3, dtype="mixed_bfloat16")
    fast.build([(None, None, 5), (None,)])
    fast.set_weights(layer.get_weights())
    expected = layer([x, FRAMES]).numpy()
    for training in (False, True):
        found = fast([x, FRAMES], training=training)
        assert found.dtype == tf.bfloat16
        error = np.abs(tf.cast(found, tf.float32) - expected)[np.arange(6) < FRAMES[:, None]]
        assert 0 < error.max() < 0.05
