"""The endpoints of the SavedModel, as functions of the TensorFlow graph."""

from collections.abc import Callable

import tensorflow as tf

from kerasrec.export.best_path import Characters, decode_best_path
from kerasrec.export.pictures import decode_picture
from kerasrec.images.canonical import to_line
from kerasrec.recognizer import Recognizer
from kerasrec.serving import wire


class ReadingModule(tf.Module):
    """A recognizer as TensorFlow functions: `serving_default` and `log_probs` of `kerasrec.serving.wire`."""

    def __init__(self, recognizer: Recognizer) -> None:
        super().__init__(name="kerasrec")
        self._height = recognizer.spec.height
        self._least = recognizer._least_width
        self._margin = recognizer.architecture.margin
        self._architecture = recognizer.architecture
        model = recognizer.model
        self.trained = [tf.Variable(v.numpy(), trainable=False, name=f"w{i}") for i, v in enumerate(model.trainable_variables)]
        self.fixed = [tf.Variable(v.numpy(), trainable=False, name=f"f{i}") for i, v in enumerate(model.non_trainable_variables)]
        self._model = lambda images, widths: tf.nn.log_softmax(
            model.stateless_call([tf.identity(v) for v in self.trained], [tf.identity(v) for v in self.fixed], [images, widths], training=False)[0]
        )
        texts = [recognizer.alphabet.decode([i]) for i in range(len(recognizer.alphabet))]
        self._texts = texts
        self._log_probs = tf.function(
            self._run_model,
            input_signature=[tf.TensorSpec((None, self._height, None, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)],
            autograph=False,
        )

    def signatures(self):
        return {
            wire.SERVING_DEFAULT: tf.function(
                self._read, input_signature=[tf.TensorSpec((None,), tf.string, wire.IMAGE_BYTES)], autograph=False
            ),
            wire.LOG_PROBS: tf.function(
                self._read_lines,
                input_signature=[
                    tf.TensorSpec((None, self._height, None, 1), tf.float32, wire.IMAGES),
                    tf.TensorSpec((None,), tf.int32, wire.WIDTHS),
                ],
                autograph=False,
            ),
        }

    def _run_model(self, images: tf.Tensor, widths: tf.Tensor) -> tf.Tensor:
        return self._model(images, widths)

    def _read(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        image_bytes = tf.ensure_shape(image_bytes, (None,))
        check = tf.debugging.Assert(tf.shape(image_bytes)[0] > 0, ["Expected at least one picture, but received none."])
        with tf.control_dependencies([check]):
            image_bytes = tf.identity(image_bytes)

        def make(contents: tf.Tensor):
            grey = decode_picture(contents)
            line, offset, scale = to_line(grey)
            return tf.transpose(line), offset, scale, tf.shape(grey)[1], tf.shape(line)[1]

        columns, offset, scale, image_width, line_width = tf.map_fn(
            make,
            image_bytes,
            fn_output_signature=(
                tf.RaggedTensorSpec((None, self._height), tf.uint8, ragged_rank=0),
                tf.TensorSpec((), tf.int32),
                tf.TensorSpec((), tf.float32),
                tf.TensorSpec((), tf.int32),
                tf.TensorSpec((), tf.int32),
            ),
        )
        widths = tf.maximum(line_width, self._least)
        canvas = -(-(tf.reduce_max(widths) + self._margin) // 32) * 32
        images = tf.transpose(columns.to_tensor(shape=(None, None, self._height)), (0, 2, 1))
        images = tf.pad(images, ((0, 0), (0, 0), (0, canvas - tf.shape(images)[2])))[..., None]
        log_probs = self._log_probs(images, widths)
        frames = tf.minimum(self._architecture.frames(widths), tf.shape(log_probs)[1])
        characters = decode_best_path(log_probs, frames, tf.constant([bool(t) for t in self._texts]))
        start, end = self._places(characters, line_width)

        def to_picture(place: tf.Tensor) -> tf.Tensor:
            place = (place + tf.cast(offset, tf.float32)[:, None]) / scale[:, None]
            place = tf.minimum(place, tf.cast(image_width, tf.float32)[:, None])
            return tf.where(tf.sequence_mask(characters.count, tf.shape(place)[1]), place, 0.0)

        letters = tf.gather(tf.constant(self._texts), characters.ids)
        return {
            wire.TEXT: tf.strings.reduce_join(letters, axis=1),
            wire.CONFIDENCE: characters.path,
            wire.CHARACTER_COUNT: characters.count,
            wire.CHARACTER_CONFIDENCE: characters.confidence,
            wire.CHARACTER_START: to_picture(start),
            wire.CHARACTER_END: to_picture(end),
        }

    def _places(self, characters: Characters, line_width: tf.Tensor):
        width = tf.cast(line_width, tf.float32)[:, None]
        middle = self._architecture.offset + self._architecture.stride * tf.cast(characters.first + characters.last, tf.float32) / 2
        count = characters.count[:, None]
        number = tf.range(tf.shape(middle)[1])[None]
        inner = (middle[:, 1:] + middle[:, :-1]) / 2  # (N, L - 1)
        after = tf.pad(inner, ((0, 0), (0, 1)))[:, : tf.shape(middle)[1]]
        before = tf.pad(inner, ((0, 0), (1, 0)))[:, : tf.shape(middle)[1]]
        start = tf.where(number == 0, 2 * middle - after, before)
        end = tf.where(number == count - 1, 2 * middle - before, after)
        alone = count == 1
        start, end = tf.where(alone, 0.0, start), tf.where(alone, width, end)
        return tf.clip_by_value(start, 0.0, width), tf.clip_by_value(end, 0.0, width)

    def _read_lines(self, images: tf.Tensor, widths: tf.Tensor) -> dict[str, tf.Tensor]:
        images = tf.ensure_shape(images, (None, self._height, None, 1))
        widths = tf.ensure_shape(widths, (None,))
        lines, columns = tf.shape(images)[0], tf.shape(images)[2]
        checks = [
            tf.debugging.Assert(lines > 0, ["Expected at least one line, but received none."]),
            tf.debugging.Assert(tf.shape(widths)[0] == lines, ["Expected as many widths as images, but received", tf.shape(widths)[0], "and", lines]),
        ]
        with tf.control_dependencies(checks):
            widths = tf.identity(widths)
        fits = tf.debugging.Assert(tf.reduce_all((widths > 0) & (widths <= columns)), ["Expected widths from 1 to that of the images,", columns, "but received", widths])
        with tf.control_dependencies([fits]):
            images = tf.cast(tf.round(tf.clip_by_value(images, 0.0, 255.0)), tf.uint8)
        images *= tf.cast(tf.sequence_mask(widths, columns), tf.uint8)[:, None, :, None]
        counted = tf.maximum(widths, self._least)
        canvas = -(-(tf.reduce_max(counted) + self._margin) // 32) * 32
        images = tf.pad(images[:, :, : tf.reduce_max(widths)], ((0, 0), (0, 0), (0, canvas - tf.reduce_max(widths)), (0, 0)))
        log_probs = self._log_probs(images, counted)
        frames = tf.minimum(self._architecture.frames(counted), tf.shape(log_probs)[1])
        return {wire.LOG_PROBS: log_probs[:, : tf.reduce_max(frames)], wire.FRAMES: frames}
