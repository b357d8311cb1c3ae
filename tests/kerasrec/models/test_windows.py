import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.windows import CutWindows, JoinWindows

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 23, 2), np.uint8)


@pytest.mark.parametrize(("width", "stride", "count"), [(5, 5, 4), (5, 3, 7), (6, 1, 18), (23, 9, 1), (60, 7, 0)])
@pytest.mark.parametrize("inside", ["eager", "tf.data"])
def test_windows_are_slices_of_the_lines(width, stride, count, inside):
    layer = CutWindows(width, stride)
    found = layer(IMAGES) if inside == "eager" else in_graph(layer, tf.constant(IMAGES))
    assert (found.shape, found.dtype) == ((3 * count, 4, width, 2), "uint8")
    for line in range(3):
        for t in range(count):
            expected = IMAGES[line, :, t * stride : t * stride + width]
            np.testing.assert_array_equal(found[line * count + t], expected)


@pytest.mark.parametrize("inside", ["eager", "tf.data"])
def test_joined_windows_are_frames_of_their_line(inside):
    features = np.arange(3 * 7 * 5, dtype=np.float32).reshape(21, 5)
    layer = JoinWindows()
    inputs = (tf.constant(features), tf.constant(IMAGES))
    found = layer(list(inputs)) if inside == "eager" else in_graph(layer, inputs)
    np.testing.assert_array_equal(found, features.reshape(3, 7, 5))
    assert layer([features[:0], IMAGES]).shape == (3, 0, 5)


def in_graph(layer: keras.Layer, inputs: object) -> tf.Tensor:
    """Runs the layer in a pipeline with unknown shapes."""
    unknown = tf.nest.map_structure(lambda x: tf.TensorSpec([None] * (x.ndim - 1) + x.shape[-1:], x.dtype), inputs)
    data = tf.data.Dataset.from_generator(lambda: [inputs], output_signature=unknown)
    return next(iter(data.map(lambda *x: layer(list(x) if len(x) > 1 else x[0]))))


def test_it_survives_serialization():
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(CutWindows(5, 3, name="windows")))
    assert (again.width, again.stride, again.name) == (5, 3, "windows")
