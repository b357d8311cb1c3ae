import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.positions import AddPositions, sine_positions

X = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
FOUR = [[math.sin(t), math.cos(t), math.sin(t / 100), math.cos(t / 100)] for t in range(5)]


def test_positions_alternate_sines_and_cosines():
    np.testing.assert_allclose(sine_positions(5, 4), FOUR, atol=1e-6)


def test_wavelengths_range_from_2_pi_to_10_000_times_that():
    found = np.array(sine_positions(300, 256))
    t = np.arange(300)
    np.testing.assert_allclose(found[:, 0], np.sin(t), atol=1e-4)
    np.testing.assert_allclose(found[:, 101], np.cos(t / 10_000 ** (100 / 256)), atol=1e-4)
    np.testing.assert_allclose(found[:, 254], np.sin(t / 10_000 ** (254 / 256)), atol=1e-5)


@pytest.mark.parametrize("inside", ["eager", "tf.data"])
def test_features_are_multiplied_by_the_root_of_their_number(inside):
    layer = AddPositions(0.5)
    found = layer(X) if inside == "eager" else next(iter(tf.data.Dataset.from_tensors(X).map(layer)))
    np.testing.assert_allclose(found, 2 * X + np.array(FOUR), atol=1e-5)


def test_a_position_has_the_same_output_alone_and_with_others():
    layer = AddPositions(0.0)
    np.testing.assert_allclose(layer.add(X[:, 3:4], sine_positions(5, 4)[3]), layer(X)[:, 3:4], atol=1e-6)


def test_dropout_applies_in_training_only():
    layer, whole = AddPositions(0.5), AddPositions(0.0)(X).numpy()
    dropped = layer(X, training=True).numpy()
    assert 0 < np.mean(dropped == 0) < 1
    np.testing.assert_allclose(dropped[dropped != 0], 2 * whole[dropped != 0], rtol=1e-5)
    np.testing.assert_array_equal(layer(X, training=False), whole)


def test_the_dtype_is_kept():
    assert AddPositions(0.0, dtype="bfloat16")(tf.cast(X, "bfloat16")).dtype == "bfloat16"


def test_output_shape_and_serialization():
    layer = AddPositions(0.3, name="positions")
    assert layer.compute_output_shape((None, None, 8)) == (None, None, 8)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, AddPositions)
    assert (again.name, again.dropout.rate) == ("positions", 0.3)
