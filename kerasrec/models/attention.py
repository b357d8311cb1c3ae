"""Multi-head attention in two steps, so that keys and values can be computed once and reused."""

import math
from typing import Any

from kerasrec.backend import keras, layers, ops

KeyValues = tuple[keras.KerasTensor, keras.KerasTensor]
"""Keys (B, heads, D / heads, M) and values (B, heads, M, D / heads) of M positions."""

_MASKED_SCORE = -1e9  # scores are float32 under every dtype policy: the largest float16 is 65,504


@keras.saving.register_keras_serializable(package="kerasrec")
class Attention(layers.Layer):
    """Multi-head attention (Vaswani et al., "Attention is all you need", 2017), initialised as in PyTorch.

    Args:
        dim: The number of features D of all inputs and outputs.
        heads: The number of attention heads; it must divide `dim`.
        dropout: The fraction of the attention weights to drop in training.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, dim: int, heads: int, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dim, self.heads, self.rate = dim, heads, dropout
        into = keras.initializers.VarianceScaling(0.5, "fan_in", "uniform")  # Glorot's for one kernel of D x 3 D
        out = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        policy = self.dtype_policy
        self.query = layers.Dense(dim, kernel_initializer=into, dtype=policy, name="query")
        self.key_value = layers.Dense(2 * dim, kernel_initializer=into.clone(), dtype=policy, name="key_value")
        self.output_dense = layers.Dense(dim, kernel_initializer=out, dtype=policy, name="output")
        self.dropout = layers.Dropout(dropout, dtype=policy)

    def build(self, *shapes: tuple[int | None, ...]) -> None:
        """Creates the weights."""
        for dense in (self.query, self.key_value, self.output_dense):
            dense.build((None, self.dim))

    def compute_key_values(self, x: keras.KerasTensor) -> KeyValues:
        """Computes the keys and values of features (B, M, D)."""
        pairs = ops.reshape(self.key_value(rows(x)), (-1, ops.shape(x)[1], 2, self.heads, self.dim // self.heads))
        keys, values = ops.split(ops.transpose(pairs, (2, 0, 3, 1, 4)), 2)  # each (1, B, heads, M, D / heads)
        return ops.transpose(keys[0], (0, 1, 3, 2)), values[0]

    def call(
        self, x: keras.KerasTensor, key_values: KeyValues, attention_mask: keras.KerasTensor, training: bool = False
    ) -> keras.KerasTensor:
        """Attends from T positions to M positions.

        Args:
            x: (B, T, D), the features of the T positions.
            key_values: The keys and values of the M positions, as `compute_key_values` returns them.
            attention_mask: bool, broadcastable to (B, heads, T, M): whether a position may attend to another.
            training: Whether to apply dropout.

        Returns:
            (B, T, D).
        """
        keys, values = key_values
        size, length = self.dim // self.heads, ops.shape(x)[1]
        query = ops.reshape(self.query(rows(x)) / math.sqrt(size), (-1, length, self.heads, size))
        scores = ops.matmul(ops.transpose(query, (0, 2, 1, 3)), keys)  # (B, heads, T, M)
        scores = ops.where(attention_mask, ops.cast(scores, "float32"), _MASKED_SCORE)
        weights = ops.cast(ops.exp(ops.log_softmax(scores)), values.dtype)  # ops.softmax warns if M is 1
        weights = self.dropout(weights, training=training)
        found = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))  # (B, T, heads, D / heads)
        return ops.reshape(self.output_dense(ops.reshape(found, (-1, self.dim))), (-1, length, self.dim))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "dim": self.dim, "heads": self.heads, "dropout": self.rate}


def rows(x: keras.KerasTensor) -> keras.KerasTensor:
    """Flattens features (B, T, D) to (B * T, D).

    A dense layer is then a single matrix product; for three dimensions, TensorFlow runs about 12 ops in each step of a
    loop.
    """
    return ops.reshape(x, (-1, x.shape[-1]))
