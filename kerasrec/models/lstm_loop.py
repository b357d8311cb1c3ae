"""An LSTM as a loop of operations that LiteRT has: Keras's loop collects its outputs in a list, which LiteRT lacks."""

import tensorflow as tf

from kerasrec.backend import keras


def run(layer: keras.layers.LSTM, x: tf.Tensor) -> tf.Tensor:
    """Runs a Keras LSTM in a loop over the frames, in float32.

    Args:
        layer: A built LSTM with Keras's default activations.
        x: (B, T, C) float32.

    Returns:
        (B, T, units) float32.
    """
    cell, units = layer.cell, layer.units
    inputs = tf.matmul(x, cell.kernel) + cell.bias  # (B, T, 4 units)
    lines, frames = tf.shape(x)[0], tf.shape(x)[1]

    def step(frame: tf.Tensor, h: tf.Tensor, c: tf.Tensor, outputs: tf.Tensor) -> tuple[tf.Tensor, ...]:
        gates = inputs[:, frame] + tf.matmul(h, cell.recurrent_kernel)
        write, keep, new, read = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(keep) * c + tf.sigmoid(write) * tf.tanh(new)
        h = tf.sigmoid(read) * tf.tanh(c)
        return frame + 1, h, c, tf.concat([outputs, tf.expand_dims(h, 1)], 1)

    start = tf.zeros((lines, units))
    state = tf.TensorShape((None, units))
    return tf.while_loop(
        lambda frame, h, c, outputs: frame < frames,
        step,
        (tf.constant(0), start, start, tf.zeros((lines, 0, units))),
        (tf.TensorShape(()), state, state, tf.TensorShape((None, None, units))),
    )[-1]
