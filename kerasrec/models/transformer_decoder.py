"""A transformer decoder, which predicts the next token from the tokens so far and the memory of an image."""

from collections.abc import Sequence
from typing import Any

from kerasrec.backend import keras, layers, ops
from kerasrec.models.attention import KeyValues
from kerasrec.models.decoder_layer import DecoderLayer
from kerasrec.models.positions import AddPositions


@keras.saving.register_keras_serializable(package="kerasrec")
class TransformerDecoder(layers.Layer):
    """Predicts the token after each token of a text, from the tokens up to there and the frames of the image.

    Calling the layer processes whole texts, as training does. `GreedyDecoder` processes one token at a time with the
    same weights, and caches the keys and values of the previous ones.

    Args:
        classes: The number of tokens K.
        dim: The number of features D of a token and of a frame.
        depth: The number of decoder layers.
        heads: The number of heads of each attention; it must divide `dim`.
        feed_forward: The units of the wider of a layer's dense layers.
        dropout: The fraction of the units to drop in training inside the decoder's layers.
        position_dropout: The fraction of a token's features to drop in training before the first layer.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(
        self,
        classes: int,
        dim: int,
        depth: int,
        heads: int,
        feed_forward: int,
        dropout: float,
        position_dropout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.settings: dict[str, Any] = {"classes": classes, "dim": dim, "depth": depth, "heads": heads}
        self.settings |= {"feed_forward": feed_forward, "dropout": dropout, "position_dropout": position_dropout}
        policy, start = self.dtype_policy, keras.initializers.RandomUniform(-0.1, 0.1)
        self.embedding = layers.Embedding(classes, dim, start, dtype=policy, name="embedding")
        self.positions = AddPositions(position_dropout, dtype=policy, name="positions")
        self.blocks = [
            DecoderLayer(dim, heads, feed_forward, dropout, dtype=policy, name=f"block{number}")
            for number in range(1, depth + 1)
        ]
        # In bfloat16, the two highest of 83 logits are often equal.
        self.classes = layers.Dense(classes, kernel_initializer=start.clone(), dtype="float32", name="classes")

    def build(self, *shapes: Any) -> None:
        """Creates the weights."""
        self.embedding.build()
        for block in self.blocks:
            block.build()
        self.classes.build((None, None, self.settings["dim"]))

    def call(self, inputs: Sequence[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """Predicts the token after each token of the given texts.

        Args:
            inputs: Memory (B, M, D), the numbers of valid frames (B,), and tokens (B, T) int32.
            training: Whether to apply dropout.

        Returns:
            logits (B, T, K) float32; those of a token do not depend on later tokens.
        """
        memory, frames, tokens = inputs
        position = ops.arange(ops.shape(tokens)[1])
        causal = position[None] <= position[:, None]  # (T, T)
        x = self.positions(self.embedding(tokens), training=training)
        image, valid = self.compute_key_values(memory), frame_mask(memory, frames)
        for block, image_of_block in zip(self.blocks, image, strict=True):
            x = block(x, block.text.compute_key_values(x), causal, image_of_block, valid, training=training)
        return self.classes(x)

    def compute_key_values(self, memory: keras.KerasTensor) -> list[KeyValues]:
        """Computes the keys and values of an image's memory (B, M, D) for each layer."""
        return [block.image.compute_key_values(memory) for block in self.blocks]

    def compute_output_spec(self, inputs: Sequence[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """Returns the spec of the logits, which are float32 under every dtype policy."""
        return keras.KerasTensor((*inputs[2].shape, self.settings["classes"]), "float32")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), **self.settings}


def frame_mask(memory: keras.KerasTensor, frames: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the mask (B, 1, 1, M) bool of the valid frames of memories (B, M, D), given their numbers (B,)."""
    frame = ops.arange(ops.shape(memory)[1], dtype="int32")
    return frame[None, None, None] < ops.cast(frames, "int32")[:, None, None, None]
