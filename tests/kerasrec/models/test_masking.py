import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models.masking import MaskFrames

X = np.arange(1, 25, dtype=np.float32).reshape(2, 4, 3)


@pytest.mark.parametrize("frames", [(4, 2), (0, 1), (3, 9)])
@pytest.mark.parametrize("inside", ["eager", "tf.data"])
def test_features_after_the_valid_frames_become_zero(frames, inside):
    layer, frames = MaskFrames(), np.array(frames, np.int32)
    expected = X * (np.arange(4) < frames[:, None])[:, :, None]
    found = layer([X, frames])
    if inside == "tf.data":
        found = next(iter(tf.data.Dataset.from_tensors((X, frames)).map(lambda *inputs: layer(inputs))))
    np.testing.assert_array_equal(found, expected)


def test_the_dtype_is_kept():
    for dtype in ("bfloat16", "float32"):
        assert MaskFrames(dtype=dtype)([tf.cast(X, dtype), np.array([1, 2])]).dtype == dtype


def test_output_shape_and_serialization():
    layer = MaskFrames(name="mask")
    assert layer.compute_output_shape([(None, 7, 3), (None,)]) == (None, 7, 3)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert isinstance(again, MaskFrames) and again.name == "mask"
