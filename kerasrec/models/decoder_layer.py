"""A layer of a transformer decoder, for the whole text in training and for one new token at a time in reading."""

from typing import Any

from kerasrec.backend import keras, layers, ops
from kerasrec.models.attention import Attention, KeyValues, rows


@keras.saving.register_keras_serializable(package="kerasrec")
class DecoderLayer(layers.Layer):
    """Self-attention, attention to the image and two dense layers, each followed by a norm, as in PyTorch.

    Args:
        dim: The number of features D of the text and of the image's memory.
        heads: The number of heads of each attention; it must divide `dim`.
        feed_forward: The units of the first of the two dense layers.
        dropout: The fraction of the attention weights and of the output of each part to drop in training.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, dim: int, heads: int, feed_forward: int, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = {"dim": dim, "heads": heads, "feed_forward": feed_forward, "dropout": dropout}
        policy = self.dtype_policy
        self.text = Attention(dim, heads, dropout, dtype=policy, name="text")
        self.image = Attention(dim, heads, dropout, dtype=policy, name="image")
        self.widen = _dense(feed_forward, dim, activation="relu", dtype=policy, name="widen")
        self.narrow = _dense(dim, feed_forward, dtype=policy, name="narrow")
        self.norms = [layers.LayerNormalization(epsilon=1e-5, dtype=policy, name=f"norm{i}") for i in (1, 2, 3)]
        self.dropout = layers.Dropout(dropout, dtype=policy)

    def build(self, *shapes: Any) -> None:
        """Creates the weights."""
        self.text.build()
        self.image.build()
        self.widen.build((None, self.settings["dim"]))
        self.narrow.build((None, self.settings["feed_forward"]))
        for norm in self.norms:
            norm.build((None, None, self.settings["dim"]))

    def call(
        self,
        x: keras.KerasTensor,
        text: KeyValues,
        text_attention_mask: keras.KerasTensor,
        image: KeyValues,
        image_attention_mask: keras.KerasTensor,
        training: bool = False,
    ) -> keras.KerasTensor:
        """Computes the features of tokens from the text so far and the image.

        Args:
            x: (B, T, D), the features of T tokens.
            text: The keys and values of the tokens so far, including these.
            text_attention_mask: bool, the tokens that each token may attend to.
            image: The keys and values of the image.
            image_attention_mask: bool, the frames of the image that each token may attend to.
            training: Whether to apply dropout.

        Returns:
            (B, T, D).
        """
        y = self.text(x, text, text_attention_mask, training=training)
        x = self.norms[0](x + self.dropout(y, training=training))
        y = self.image(x, image, image_attention_mask, training=training)
        x = self.norms[1](x + self.dropout(y, training=training))
        wide = self.dropout(self.widen(rows(x)), training=training)
        narrow = ops.reshape(self.dropout(self.narrow(wide), training=training), (-1, *ops.shape(x)[1:]))
        return self.norms[2](x + narrow)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), **self.settings}


def _dense(units: int, inputs: int, **kwargs: Any) -> layers.Dense:
    """Makes a dense layer, initialised as in PyTorch."""
    bound = inputs**-0.5
    kernel, bias = (keras.initializers.RandomUniform(-bound, bound) for _ in range(2))
    return layers.Dense(units, kernel_initializer=kernel, bias_initializer=bias, **kwargs)
