"""One layer of a transformer decoder, the same for a whole text in training and for one new token in reading."""

from typing import Any

import keras
from keras import layers, ops

from kerasrec.models.attention import Attention, Memory, rows


@keras.saving.register_keras_serializable(package="kerasrec")
class DecoderLayer(layers.Layer):
    """Attention to the text so far, attention to the image, two dense layers; a norm follows each, as in PyTorch.

    Args:
        dim: D, features of the text and of the image's memory.
        heads: Of each attention; they divide `dim`.
        feed_forward: Units of the first of the two dense layers.
        dropout: Share dropped in training, of the weights of attention and of what each part adds.
        kwargs: Of every layer, such as `name`.
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
        """Makes the weights."""
        self.text.build()
        self.image.build()
        self.widen.build((None, self.settings["dim"]))
        self.narrow.build((None, self.settings["feed_forward"]))
        for norm in self.norms:
            norm.build((None, None, self.settings["dim"]))

    def call(
        self,
        x: keras.KerasTensor,
        text: Memory,
        text_seen: keras.KerasTensor,
        image: Memory,
        image_seen: keras.KerasTensor,
        training: bool = False,
    ) -> keras.KerasTensor:
        """Reads tokens in the light of the text before them and of the image.

        Args:
            x: (B, T, D), features of T tokens.
            text: What `self.text.remember` keeps of the tokens so far, these included.
            text_seen: Where each token may look in the text.
            image: What `self.image.remember` keeps of the image.
            image_seen: Where it may look in the image.
            training: Whether dropout acts.

        Returns:
            (B, T, D).
        """
        x = self.norms[0](x + self.dropout(self.text(x, text, text_seen, training=training), training=training))
        x = self.norms[1](x + self.dropout(self.image(x, image, image_seen, training=training), training=training))
        wide = self.dropout(self.widen(rows(x)), training=training)
        narrow = ops.reshape(self.dropout(self.narrow(wide), training=training), (-1, *ops.shape(x)[1:]))
        return self.norms[2](x + narrow)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), **self.settings}


def _dense(units: int, inputs: int, **kwargs: Any) -> layers.Dense:
    """A dense layer begun as PyTorch begins it."""
    bound = inputs**-0.5
    kernel, bias = (keras.initializers.RandomUniform(-bound, bound) for _ in range(2))
    return layers.Dense(units, kernel_initializer=kernel, bias_initializer=bias, **kwargs)
