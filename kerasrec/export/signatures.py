"""The functions of a recognizer's SavedModel: the signatures of `serving.wire`."""

from collections.abc import Callable

import tensorflow as tf

from kerasrec.export.graph_best_path import BestPath, decode_best_path
from kerasrec.export.graph_places import find_places
from kerasrec.export.image_bytes import decode_picture
from kerasrec.export.parts import Parts
from kerasrec.images.canonical import POLARITIES, greatest_width
from kerasrec.images.compiled import trace_line_maker
from kerasrec.models.lstm_kernels import portable
from kerasrec.serving import wire


class ExportedRecognizer(tf.Module):
    """Holds one copy of a recognizer's weights, and the functions that use them.

    Args:
        parts: The parts of the recognizer.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(name="kerasrec")
        model, self._parts = parts.model, parts
        self.trained = [tf.Variable(weight.numpy(), trainable=False) for weight in model.trainable_variables]
        self.fixed = [tf.Variable(weight.numpy(), trainable=False) for weight in model.non_trainable_variables]
        self._most_columns = wire.MOST_WIDE_LINES * parts.canvas_width(greatest_width(parts.spec.height))
        texts = [parts.alphabet.decode([token]) for token in range(len(parts.alphabet))]
        self._texts, self._written = tf.constant(texts), tf.constant([text != "" for text in texts])

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """Traces the functions for any number of lines of any width."""
        height = self._parts.spec.height
        pictures = tf.TensorSpec((None,), tf.string, wire.IMAGE_BYTES)
        images = tf.TensorSpec((None, height, None, 1), tf.float32, wire.IMAGES)
        widths = tf.TensorSpec((None,), tf.int32, wire.WIDTHS)
        # The file has one copy of this function for all inks. (Not inlining it would double the time of the warm-up.)
        read = tf.function(self._read, autograph=False)

        def reader(ink: str) -> tf.types.experimental.ConcreteFunction:
            def read_ink(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
                # First of all: a tensor of another rank can make a kernel crash the server.
                return read(tf.ensure_shape(image_bytes, (None,)), tf.constant(POLARITIES[ink]))

            return _trace(read_ink, pictures)

        with portable():
            readers = {signature: reader(ink) for ink, signature in wire.READERS.items()}
            return {**readers, wire.LOG_PROBS: _trace(self._compute, images, widths)}

    def _read(self, image_bytes: tf.Tensor, polarity: tf.Tensor) -> dict[str, tf.Tensor]:
        """Reads images (N,); the polarity of their ink, () int32, is one of `POLARITIES`."""
        image_bytes = _require(image_bytes, tf.size(image_bytes) > 0, "Expected at least one image, but received none.")
        lines, widths, offsets, scales, limits = self._make_lines(image_bytes, polarity)
        model_widths = tf.maximum(widths, self._parts.least_width)
        log_probs = self._run_model(lines, model_widths)
        objective = self._parts.objective
        outputs = objective.output_lengths(log_probs, self._parts.architecture.frames(model_widths))
        path = decode_best_path(log_probs, outputs, self._written, objective.collapses_repeats)
        middles = self._middles(path, tf.cast(widths, tf.float32))
        places = find_places(middles, path.count, tf.cast(widths, tf.float32))
        is_character = tf.sequence_mask(path.count, tf.shape(path.ids)[1])

        def to_image(column: tf.Tensor) -> tf.Tensor:
            column = (column + tf.cast(offsets, tf.float32)[:, None]) / scales[:, None]
            column = tf.clip_by_value(column, 0.0, tf.cast(limits, tf.float32)[:, None])
            return tf.where(is_character, column, 0.0)

        return {
            wire.TEXT: tf.strings.reduce_join(tf.where(is_character, tf.gather(self._texts, path.ids), ""), axis=1),
            wire.CONFIDENCE: path.probability,
            wire.CHARACTER_COUNT: path.count,
            wire.CHARACTER_CONFIDENCE: path.confidence,
            wire.CHARACTER_START: to_image(places[0]),
            wire.CHARACTER_END: to_image(places[1]),
        }

    def _make_lines(self, image_bytes: tf.Tensor, polarity: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Decodes images (N,) and makes their canonical lines.

        Returns:
            The lines (N, H, W, 1) uint8, and for each (N,) its width, the offset and scale from `to_line`, and the
            width of its image.
        """
        maker = trace_line_maker(self._parts.spec.height)  # traced already to read the samples, which takes seconds

        def make(contents: tf.Tensor) -> tuple[tf.Tensor, ...]:
            grey = decode_picture(contents)
            line, offset, scale = maker(tf.cast(grey, tf.uint8), polarity)
            width = tf.shape(line)[1]
            with tf.control_dependencies([self._canvas_width(count, width)]):  # before lines fill the memory
                return tf.transpose(line), width, offset, scale, tf.shape(grey)[1]

        count = tf.size(image_bytes)
        number, factor = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        columns = tf.RaggedTensorSpec((None, self._parts.spec.height), tf.uint8, ragged_rank=0)
        columns, *rest = tf.map_fn(make, image_bytes, fn_output_signature=(columns, number, number, factor, number))
        return tf.transpose(columns.to_tensor(), (0, 2, 1))[..., None], *rest  # (N, W, H) -> (N, H, W, 1)

    def _middles(self, path: BestPath, width: tf.Tensor) -> tf.Tensor:
        """Returns the middle of each character in pixels (N, L), for lines of widths (N,); see `Recognizer.centres`."""
        architecture, twice = self._parts.architecture, tf.cast(path.first + path.last, tf.float32)
        if self._parts.objective.aligned:
            return architecture.offset + architecture.stride / 2 * twice
        return (twice + 1) / 2 * (width / tf.cast(tf.maximum(path.count, 1), tf.float32))[:, None]

    def _compute(self, images: tf.Tensor, widths: tf.Tensor) -> dict[str, tf.Tensor]:
        images = tf.ensure_shape(images, (None, self._parts.spec.height, None, 1))
        widths = tf.ensure_shape(widths, (None,))
        lines, columns = tf.shape(images)[0], tf.shape(images)[2]
        widths = _require(widths, lines > 0, "Expected at least one line, but received none.")
        one_each = "Expected one width for each image, but received"
        count = tf.size(widths)
        widths = _require(widths, count == lines, one_each, count, "widths for", lines, "images.")
        within = "Expected widths from 1 px to the width of the images,"
        fits = tf.reduce_all((widths >= 1) & (widths <= columns))
        widths = _require(widths, fits, within, columns, "px, but received", widths)
        pixels = tf.cast(tf.round(tf.clip_by_value(images, 0.0, 255.0)), tf.uint8)
        pixels *= tf.cast(tf.sequence_mask(widths, columns), tf.uint8)[:, None, :, None]
        model_widths = tf.maximum(widths, self._parts.least_width)
        log_probs = self._run_model(pixels[:, :, : tf.reduce_max(widths)], model_widths)
        frames = self._parts.architecture.frames(model_widths)
        outputs = self._parts.objective.output_lengths(log_probs, frames)
        return {wire.LOG_PROBS: log_probs[:, : tf.reduce_max(outputs)], wire.FRAMES: outputs}

    def _run_model(self, lines: tf.Tensor, widths: tf.Tensor) -> tf.Tensor:
        """Computes log-probabilities (N, T, K) of lines (N, H, W, 1), on a canvas that leaves each a margin."""
        canvas = self._canvas_width(tf.shape(lines)[0], tf.reduce_max(widths))
        canvas = tf.pad(lines, ((0, 0), (0, 0), (0, canvas - tf.shape(lines)[2]), (0, 0)))
        weights = [tf.identity(weight) for weight in self.trained], [tf.identity(weight) for weight in self.fixed]
        logits, _ = self._parts.model.stateless_call(*weights, [canvas, widths], training=False)
        return tf.nn.log_softmax(logits / self._parts.temperature)

    def _canvas_width(self, count: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        """Returns the width of the canvas, () int32, for a number of lines whose widest has `width` pixels.

        The request fails if the canvas of all lines would be too large.
        """
        canvas = self._parts.canvas_width(tf.maximum(width, self._parts.least_width))
        area = tf.cast(count, tf.int64) * tf.cast(canvas, tf.int64)
        message = (
            "Expected a request of at most",
            self._most_columns,
            "columns, with each line as wide as the widest, but received",
            area,
            "columns. Send fewer lines at a time.",
        )
        return _require(canvas, area <= self._most_columns, *message)


def _trace(
    function: Callable[..., dict[str, tf.Tensor]], *inputs: tf.TensorSpec
) -> tf.types.experimental.ConcreteFunction:
    return tf.function(function, input_signature=inputs, autograph=False).get_concrete_function()


def _require(value: tf.Tensor, holds: tf.Tensor, *message: str | tf.Tensor) -> tf.Tensor:
    """Returns a value if a condition holds; otherwise the request fails with the message as an InvalidArgumentError."""
    with tf.control_dependencies([tf.debugging.Assert(holds, message)]):
        return tf.identity(value)
