"""A SavedModel that is made in no time and has the signatures of a recognizer's."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

GATE = "gate"
"""The toy's signature that waits until its signature "release" is called: a request that takes as long as wanted."""


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """Makes a picture: `png(width=40, height=28, grey=255)`."""

    def make(width: int = 40, height: int = 28, grey: int = 255) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(np.full((height, width), grey, np.uint8)).save(stream, "PNG")
        return stream.getvalue()

    return make


@pytest.fixture(scope="session")
def toy_model() -> Callable[..., Path]:
    """Writes a toy SavedModel: `toy_model(folder, version=1, tag="v1-")` writes `folder/1` and returns it.

    Of a picture W px wide and H px high it gives:

    - text: the tag, then `HxW`; "v1-28x40", say. The default tag is `v{version}-`.
    - confidence: its mean grey value / 255.
    - character_count: W // 10, and so many characters of confidence 0.5 and 10 px each.

    What no decoder knows fails with TensorFlow's "Unknown image file format". `log_probs` gives for each line the
    log-softmax over 3 classes of [0, 0, mean grey of each 4 columns], and widths // 4 as frames. `gate` has the
    signature of `serving_default` and waits until `release` (input `count`: (N,) int32) is called; one release for one
    run.
    """

    def write(folder: Path, version: int = 1, tag: str | None = None) -> Path:
        import tensorflow as tf

        path = folder / str(version)
        module = tf.Module()
        signatures = _signatures(f"v{version}-" if tag is None else tag)
        tf.saved_model.save(module, str(path), signatures=signatures)
        return path

    return write


def _signatures(tag: str) -> dict:
    import tensorflow as tf

    from kerasrec.serving import wire

    def read(image_bytes):
        image_bytes = tf.ensure_shape(image_bytes, (None,))
        check = tf.debugging.Assert(tf.shape(image_bytes)[0] > 0, ["Expected at least one picture, but received none."])
        with tf.control_dependencies([check]):
            image_bytes = tf.identity(image_bytes)

        def measure(contents):
            image = tf.io.decode_image(contents, channels=1, expand_animations=False)
            return tf.shape(image)[:2], tf.reduce_mean(tf.cast(image, tf.float32)) / 255

        spec = (tf.TensorSpec((2,), tf.int32), tf.TensorSpec((), tf.float32))
        sizes, means = tf.map_fn(measure, image_bytes, fn_output_signature=spec)
        count = sizes[:, 1] // 10
        exists = tf.sequence_mask(count, dtype=tf.float32)  # (N, L)
        number = tf.cast(tf.range(tf.reduce_max(count)), tf.float32)[None]
        return {
            wire.TEXT: tf.strings.join(
                [tag, tf.strings.as_string(sizes[:, 0]), "x", tf.strings.as_string(sizes[:, 1])]
            ),
            wire.CONFIDENCE: means,
            wire.CHARACTER_COUNT: count,
            wire.CHARACTER_CONFIDENCE: exists * 0.5,
            wire.CHARACTER_START: exists * number * 10,
            wire.CHARACTER_END: exists * (number + 1) * 10,
        }

    def log_probs(images, widths):
        images = tf.ensure_shape(images, (None, 28, None, 1))
        frames = tf.shape(images)[2] // 4
        grey = tf.reduce_mean(images[:, :, : frames * 4, 0], 1)
        grey = tf.reduce_mean(tf.reshape(grey, (-1, frames, 4)), 2)  # (B, T)
        logits = tf.stack([tf.zeros_like(grey), tf.zeros_like(grey), grey], -1)
        return {wire.LOG_PROBS: tf.nn.log_softmax(logits), wire.FRAMES: widths // 4}

    def queue():
        return tf.raw_ops.FIFOQueueV2(component_types=[tf.int32], shared_name="gate", capacity=1000)

    def gate(image_bytes):
        (passed,) = tf.raw_ops.QueueDequeueV2(handle=queue(), component_types=[tf.int32])
        with tf.control_dependencies([passed]):
            return read(image_bytes)

    def release(count):
        enqueue = tf.raw_ops.QueueEnqueueV2(handle=queue(), components=[tf.constant(1)])
        with tf.control_dependencies([enqueue]):
            return {"count": tf.identity(count)}

    def function(body, *specs):
        return tf.function(body, input_signature=specs, autograph=False)

    picture = tf.TensorSpec((None,), tf.string, wire.IMAGE_BYTES)
    lines = tf.TensorSpec((None, 28, None, 1), tf.float32, wire.IMAGES)
    return {
        wire.SERVING_DEFAULT: function(read, picture),
        wire.LOG_PROBS: function(log_probs, lines, tf.TensorSpec((None,), tf.int32, wire.WIDTHS)),
        GATE: function(gate, picture),
        "release": function(release, tf.TensorSpec((None,), tf.int32, "count")),
    }
