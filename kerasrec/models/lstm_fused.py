"""TensorFlow's fused LSTM kernel for reading on a CPU: one op for all frames instead of a loop of small ops."""

import tensorflow as tf

from kerasrec.backend import keras


def run(layer: keras.layers.LSTM, x: tf.Tensor) -> tf.Tensor:
    """Runs a Keras LSTM in one op, in float32.

    Args:
        layer: A built LSTM with Keras's default activations.
        x: (B, T, C) of any float type.

    Returns:
        (B, T, units) in the dtype of `x`. It has no gradient: computing one raises LookupError.
    """
    cell, inputs = layer.cell, tf.cast(tf.transpose(x, (1, 0, 2)), tf.float32)  # (T, B, C)
    start, no_peephole = tf.zeros((tf.shape(inputs)[1], layer.units)), tf.zeros((layer.units,))
    outputs = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.shape(inputs, tf.int64)[0],
        x=inputs,
        cs_prev=start,
        h_prev=start,
        w=tf.cast(tf.concat([cell.kernel, cell.recurrent_kernel], axis=0), tf.float32),
        wci=no_peephole,
        wcf=no_peephole,
        wco=no_peephole,
        b=tf.cast(cell.bias, tf.float32),
        cell_clip=0.0,
        use_peephole=False,
    ).h
    # The kernel's gradient in TensorFlow 2.21 is wrong: it differs from finite differences.
    outputs = tf.raw_ops.PreventGradient(
        input=outputs,
        message="The fused LSTM has no gradient. Call the model with training=True to compute gradients.",
    )
    return tf.cast(tf.transpose(outputs, (1, 0, 2)), x.dtype)
