"""Greedy decoding in the graph: token after token, each the likeliest behind those before, until every line ends."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from kerasrec.alphabet import Alphabet
from kerasrec.models.attention import Memory
from kerasrec.models.positions import sine_positions
from kerasrec.models.transformer_decoder import TransformerDecoder, seen_frames

CERTAIN = 50.0
"""The logit of padding behind a line's end, where the others are 0: float32 has no probability closer to 1."""


@keras.saving.register_keras_serializable(package="kerasrec")
class GreedyDecoder(layers.Layer):
    """Lets a decoder say texts: each step is fed the likeliest token of the step before, the first one `<S>`.

    A step computes one position: the keys and values of the tokens before it are kept, and those of the image are
    computed once. The loop stops when every line has said `<E>`, or after `steps`. What stands behind a line's own
    `<E>` is padding, so that no line shows how long the others of its batch are.

    Args:
        decoder: Says what follows the tokens so far.
        steps: S, the most tokens of a line, `<E>` included.
        kwargs: Of every layer, such as `name`.
    """

    def __init__(self, decoder: TransformerDecoder, steps: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decoder, self.steps = decoder, steps

    def build(self, *shapes: Any) -> None:
        """Makes the decoder's weights."""
        self.decoder.build()

    def call(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """Reads lines.

        Args:
            inputs: Memory (B, M, D) and the numbers of valid frames (B,).

        Returns:
            logits (B, S, K) float32; the likeliest tokens are the text, `<E>` and padding.
        """
        memory, frames = inputs
        lines, classes = ops.shape(memory)[0], self.decoder.settings["classes"]
        image, seen = self.decoder.remember(memory), seen_frames(memory, frames)
        silence = CERTAIN * ops.one_hot(Alphabet.PADDING, classes, dtype="float32")

        def unfinished(step: Any, token: Any, ended: Any, text: Any, logits: Any) -> Any:
            return ops.logical_not(ops.all(ended))

        def say(step: Any, token: Any, ended: Any, text: Any, logits: Any) -> tuple[Any, ...]:
            next_logits, text = self._step(step, token, text, image, seen)
            said = ops.where(ended[:, None], silence, next_logits)  # (B, K)
            token = ops.cast(ops.argmax(said, axis=-1), "int32")
            here = (ops.arange(self.steps) == step)[:, None]  # (S, 1)
            ended = ops.logical_or(ended, token == Alphabet.END)
            return step + 1, token, ended, text, ops.where(here, said[:, None], logits)

        start, none = ops.full((lines,), Alphabet.START, dtype="int32"), ops.zeros((lines,), dtype="bool")
        logits = ops.broadcast_to(silence, (lines, self.steps, classes))
        state = (0, start, none, self._nothing(lines), logits)
        return ops.while_loop(unfinished, say, state, maximum_iterations=self.steps)[-1]

    def _step(self, step: Any, token: Any, text: list[Memory], image: list[Memory], seen: Any) -> tuple[Any, Any]:
        """What follows a token (B,) at a place of the text: logits (B, K), and what is kept of the text with it."""
        decoder, place = self.decoder, ops.arange(self.steps)
        position = ops.take(sine_positions(self.steps, decoder.settings["dim"]), step, axis=0)
        x = decoder.positions.add(decoder.embedding(token[:, None]), position)  # (B, 1, D)
        kept = []
        for block, earlier, frames in zip(decoder.blocks, text, image, strict=True):
            kept.append(_keep(earlier, block.text.remember(x), place == step))
            x = block(x, kept[-1], place <= step, frames, seen)
        return decoder.classes(x)[:, 0], kept

    def _nothing(self, lines: Any) -> list[Memory]:
        """For each layer the keys and values of no token, with room for all."""
        heads, dtype = self.decoder.settings["heads"], self.decoder.compute_dtype
        size = self.decoder.settings["dim"] // heads
        shapes = ((lines, heads, size, self.steps), (lines, heads, self.steps, size))
        return [tuple(ops.zeros(shape, dtype) for shape in shapes) for _ in self.decoder.blocks]

    def multiplications(self, frames: int) -> int:
        """Counts the multiplications for a line of so many frames that takes all steps; most end sooner."""
        sizes = self.decoder.settings
        dim, depth = sizes["dim"], sizes["depth"]
        kernels = 6 * dim * dim + 2 * dim * sizes["feed_forward"]  # of a layer, without the image's keys and values
        looks = 2 * dim * (self.steps + frames)  # at all that is kept: what is not seen yet is multiplied too
        step = depth * (kernels + looks) + dim * sizes["classes"]
        return int(self.steps * step + depth * frames * 2 * dim * dim)

    def trained_outputs(self, frames: int) -> int:
        """Counts the numbers that the decoder's parts give for a line of so many frames in training, without logits."""
        sizes = self.decoder.settings
        # Of a token: 4 + 2 of the attentions, 1 of the last dense layer, 3 sums, 3 norms.
        features = 13 * sizes["dim"] + sizes["feed_forward"]
        weights = 3 * sizes["heads"] * (self.steps + frames)  # as scores, as shares, and those that dropout leaves
        return int(sizes["depth"] * (self.steps * (features + weights) + 2 * frames * sizes["dim"]))

    def compute_output_spec(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """The logits, which are float32 under every precision policy."""
        return keras.KerasTensor((inputs[0].shape[0], self.steps, self.decoder.settings["classes"]), "float32")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "decoder": self.decoder.get_config(), "steps": self.steps}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GreedyDecoder":
        """Makes the layer of what `get_config` gave."""
        return cls(**config | {"decoder": TransformerDecoder.from_config(config["decoder"])})


def _keep(earlier: Memory, new: Memory, here: keras.KerasTensor) -> Memory:
    """Puts the keys and values of one token among those of S, at the place where `here` (S,) is true."""
    keys, values = (
        ops.where(mask, one, all_) for mask, one, all_ in zip((here, here[:, None]), new, earlier, strict=True)
    )
    return keys, values
