"""Multi-head attention in two parts, so that keys and values are computed once and kept."""

import math
from typing import Any

import keras
from keras import layers, ops

Memory = tuple[keras.KerasTensor, keras.KerasTensor]
"""Keys (B, heads, D / heads, M) and values (B, heads, M, D / heads) of M places."""

_UNSEEN = -1e9  # of scores in float32, under every precision policy: the largest float16 is 65,504


@keras.saving.register_keras_serializable(package="kerasrec")
class Attention(layers.Layer):
    """Multi-head attention (Vaswani et al., "Attention is all you need", 2017), begun as PyTorch begins it.

    Args:
        dim: D, features of all inputs and outputs.
        heads: Parts of the features that attend by themselves; they divide `dim`.
        dropout: Share of the weights of attention dropped in training.
        kwargs: Of every layer, such as `name`.
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
        """Makes the weights."""
        for dense in (self.query, self.key_value, self.output_dense):
            dense.build((None, self.dim))

    def remember(self, x: keras.KerasTensor) -> Memory:
        """The keys and values of features (B, M, D)."""
        pairs = ops.reshape(self.key_value(rows(x)), (-1, ops.shape(x)[1], 2, self.heads, self.dim // self.heads))
        keys, values = ops.split(ops.transpose(pairs, (2, 0, 3, 1, 4)), 2)  # each (1, B, heads, M, D / heads)
        return ops.transpose(keys[0], (0, 1, 3, 2)), values[0]

    def call(
        self, x: keras.KerasTensor, memory: Memory, seen: keras.KerasTensor, training: bool = False
    ) -> keras.KerasTensor:
        """Looks from features at a memory.

        Args:
            x: (B, T, D), each of which looks for itself.
            memory: Of M places, as `remember` gives it.
            seen: (T, M), (B, 1, 1, M) or alike, bool: where each may look.
            training: Whether dropout acts.

        Returns:
            (B, T, D).
        """
        keys, values = memory
        size, length = self.dim // self.heads, ops.shape(x)[1]
        query = ops.reshape(self.query(rows(x)) / math.sqrt(size), (-1, length, self.heads, size))
        scores = ops.matmul(ops.transpose(query, (0, 2, 1, 3)), keys)  # (B, heads, T, M)
        scores = ops.where(seen, ops.cast(scores, "float32"), _UNSEEN)
        weights = ops.cast(ops.exp(ops.log_softmax(scores)), values.dtype)  # ops.softmax warns of a single place
        weights = self.dropout(weights, training=training)
        found = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))  # (B, T, heads, D / heads)
        return ops.reshape(self.output_dense(ops.reshape(found, (-1, self.dim))), (-1, length, self.dim))

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "dim": self.dim, "heads": self.heads, "dropout": self.rate}


def rows(x: keras.KerasTensor) -> keras.KerasTensor:
    """Lays the features (B, T, D) of all places below one another, (B * T, D).

    A dense layer then is one product; of three dimensions TensorFlow makes a dozen ops, in every step of a loop.
    """
    return ops.reshape(x, (-1, x.shape[-1]))
