"""Greedy decoding in the graph: one most probable token at a time, until every line has ended."""

from collections.abc import Sequence
from typing import Any

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras, layers, ops
from kerasrec.models.attention import KeyValues
from kerasrec.models.positions import sine_positions
from kerasrec.models.transformer_decoder import TransformerDecoder, frame_mask

PADDING_LOGIT = 50.0
"""The logit of padding after the end of a line, where all others are 0: float32 has no probability closer to 1."""


@keras.saving.register_keras_serializable(package="kerasrec")
class GreedyDecoder(layers.Layer):
    """Generates texts with a decoder: the input of a step is the most probable token of the previous one, or `<S>`.

    A step computes one position: the keys and values of the previous tokens are cached, and those of the image are
    computed once. The loop stops when `<E>` has been predicted for every line, or after `steps`. After its `<E>`, a
    line has padding only, so that its output does not depend on the other lines of the batch.

    Args:
        decoder: The decoder, which predicts the next token.
        steps: The maximum number of tokens S of a line, including `<E>`.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, decoder: TransformerDecoder, steps: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decoder, self.steps = decoder, steps

    def build(self, *shapes: Any) -> None:
        """Creates the decoder's weights."""
        self.decoder.build()

    def call(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """Reads lines.

        Args:
            inputs: Memory (B, M, D) and the numbers of valid frames (B,).

        Returns:
            logits (B, S, K) float32; the most probable tokens are the text, `<E>` and padding.
        """
        memory, frames = inputs
        lines, classes = ops.shape(memory)[0], self.decoder.settings["classes"]
        image, valid = self.decoder.compute_key_values(memory), frame_mask(memory, frames)
        padding = PADDING_LOGIT * ops.one_hot(Alphabet.PADDING, classes, dtype="float32")

        def unfinished(step: Any, token: Any, ended: Any, text: Any, logits: Any) -> Any:
            return ops.logical_not(ops.all(ended))

        def generate(step: Any, token: Any, ended: Any, text: Any, logits: Any) -> tuple[Any, ...]:
            next_logits, text = self._step(step, token, text, image, valid)
            next_logits = ops.where(ended[:, None], padding, next_logits)  # (B, K)
            token = ops.cast(ops.argmax(next_logits, axis=-1), "int32")
            is_current = (ops.arange(self.steps) == step)[:, None]  # (S, 1)
            ended = ops.logical_or(ended, token == Alphabet.END)
            return step + 1, token, ended, text, ops.where(is_current, next_logits[:, None], logits)

        start, none = ops.full((lines,), Alphabet.START, dtype="int32"), ops.zeros((lines,), dtype="bool")
        logits = ops.broadcast_to(padding, (lines, self.steps, classes))
        state = (0, start, none, self._empty_cache(lines), logits)
        return ops.while_loop(unfinished, generate, state, maximum_iterations=self.steps)[-1]

    def _step(
        self, step: Any, token: Any, text: list[KeyValues], image: list[KeyValues], valid: Any
    ) -> tuple[Any, Any]:
        """Returns the logits (B, K) of the token after `token` (B,), and the text's cache with `token` added."""
        decoder, positions = self.decoder, ops.arange(self.steps)
        position = ops.take(sine_positions(self.steps, decoder.settings["dim"]), step, axis=0)
        x = decoder.positions.add(decoder.embedding(token[:, None]), position)  # (B, 1, D)
        cache = []
        for block, previous, frames in zip(decoder.blocks, text, image, strict=True):
            cache.append(_insert(previous, block.text.compute_key_values(x), positions == step))
            x = block(x, cache[-1], positions <= step, frames, valid)
        return decoder.classes(x)[:, 0], cache

    def _empty_cache(self, lines: Any) -> list[KeyValues]:
        """Returns zeros for the keys and values of S tokens in each layer."""
        heads, dtype = self.decoder.settings["heads"], self.decoder.compute_dtype
        size = self.decoder.settings["dim"] // heads
        shapes = ((lines, heads, size, self.steps), (lines, heads, self.steps, size))
        return [tuple(ops.zeros(shape, dtype) for shape in shapes) for _ in self.decoder.blocks]

    def multiplications(self, frames: int) -> int:
        """Counts the multiplications for a line of `frames` frames that takes all steps; most end earlier."""
        sizes = self.decoder.settings
        dim, depth = sizes["dim"], sizes["depth"]
        kernels = 6 * dim * dim + 2 * dim * sizes["feed_forward"]  # of a layer, without the image's keys and values
        attention = 2 * dim * (self.steps + frames)  # over all positions: masked ones are multiplied too
        step = depth * (kernels + attention) + dim * sizes["classes"]
        return int(self.steps * step + depth * frames * 2 * dim * dim)

    def trained_outputs(self, frames: int) -> int:
        """Counts the values that the decoder computes for a line of `frames` frames in training, without the logits."""
        sizes = self.decoder.settings
        # Per token: 4 + 2 for the attentions, 1 for the last dense layer, 3 sums, 3 norms.
        features = 13 * sizes["dim"] + sizes["feed_forward"]
        weights = 3 * sizes["heads"] * (self.steps + frames)  # scores, softmax and dropout
        return int(sizes["depth"] * (self.steps * (features + weights) + 2 * frames * sizes["dim"]))

    def compute_output_spec(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """Returns the spec of the logits, which are float32 under every dtype policy."""
        return keras.KerasTensor((inputs[0].shape[0], self.steps, self.decoder.settings["classes"]), "float32")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "decoder": self.decoder.get_config(), "steps": self.steps}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GreedyDecoder":
        """Makes a layer from the result of `get_config`."""
        return cls(**config | {"decoder": TransformerDecoder.from_config(config["decoder"])})


def _insert(cache: KeyValues, new: KeyValues, is_current: keras.KerasTensor) -> KeyValues:
    """Writes the keys and values of one token into those of S, at the position where `is_current` (S,) is true."""
    masks = (is_current, is_current[:, None])
    keys, values = (ops.where(mask, one, all_) for mask, one, all_ in zip(masks, new, cache, strict=True))
    return keys, values
