"""A transformer decoder: from the tokens of a text so far, and an image's memory, to the token behind each."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasrec.models.attention import Memory
from kerasrec.models.decoder_layer import DecoderLayer
from kerasrec.models.positions import AddPositions


@keras.saving.register_keras_serializable(package="kerasrec")
class TransformerDecoder(layers.Layer):
    """Says of each token of a text which one follows; it sees the tokens up to there and the frames of the image.

    Called as a layer it reads whole texts, in training. `GreedyDecoder` reads one token after the other with the
    same weights, and keeps what the tokens before it have left.

    Args:
        classes: K, the tokens that there are.
        dim: D, features of a token and of a frame.
        depth: Decoder layers.
        heads: Of each attention; they divide `dim`.
        feed_forward: Units of the wider of a layer's dense layers.
        dropout: Share dropped in training, inside the decoder's layers.
        position_dropout: Share of a token's features dropped in training, before the first of them.
        kwargs: Of every layer, such as `name`.
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
        # In bfloat16 the best two of 83 logits are often equal.
        self.classes = layers.Dense(classes, kernel_initializer=start.clone(), dtype="float32", name="classes")

    def build(self, *shapes: Any) -> None:
        """Makes the weights."""
        self.embedding.build()
        for block in self.blocks:
            block.build()
        self.classes.build((None, None, self.settings["dim"]))

    def call(self, inputs: Sequence[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """Says what follows each token of given texts.

        Args:
            inputs: Memory (B, M, D), the numbers of valid frames (B,), and tokens (B, T) int32.
            training: Whether dropout acts.

        Returns:
            logits (B, T, K) float32; those of a token depend on no later one.
        """
        memory, frames, tokens = inputs
        place = ops.arange(ops.shape(tokens)[1])
        before = place[None] <= place[:, None]  # (T, T)
        x = self.positions(self.embedding(tokens), training=training)
        image, seen = self.remember(memory), seen_frames(memory, frames)
        for block, frames_of_block in zip(self.blocks, image, strict=True):
            x = block(x, block.text.remember(x), before, frames_of_block, seen, training=training)
        return self.classes(x)

    def remember(self, memory: keras.KerasTensor) -> list[Memory]:
        """The keys and values of an image's memory (B, M, D) for each layer."""
        return [block.image.remember(memory) for block in self.blocks]

    def compute_output_spec(self, inputs: Sequence[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """The logits, which are float32 under every precision policy."""
        return keras.KerasTensor((*inputs[2].shape, self.settings["classes"]), "float32")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), **self.settings}


def seen_frames(memory: keras.KerasTensor, frames: keras.KerasTensor) -> keras.KerasTensor:
    """Tells which frames of memories (B, M, D) are valid: (B, 1, 1, M) bool, from their numbers (B,)."""
    frame = ops.arange(ops.shape(memory)[1], dtype="int32")
    return frame[None, None, None] < ops.cast(frames, "int32")[:, None, None, None]
