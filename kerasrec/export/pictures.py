"""From the bytes of a picture to grey values, in graph operations: what `images.load_image` does, for one SavedModel."""

import tensorflow as tf

from kerasrec.export.headers import Header, read_header, read_orientation
from kerasrec.images.loading import LEAST_HEIGHT, MOST_COLUMNS
from kerasrec.serving.wire import MOST_PIXELS
from kerasrec.spec import GLYPH_SIZE

_FORMATS = "PNG, JPEG, BMP, GIF or WebP"
_INK_SPREAD = 16.0  # as in images.loading


def decode_picture(contents: tf.Tensor) -> tf.Tensor:
    """Decodes a picture, () string, to grey values (H, W) float32, 0..255.

    What is no picture of a line raises an InvalidArgumentError in the graph, before much memory is taken.
    """
    header = read_header(contents)
    with tf.control_dependencies(_checks(contents, header)):
        contents = tf.identity(contents)
    return tf.cond(header.is_grey_16, lambda: _decode_grey_16(contents), lambda: _decode_8(contents, header))


def _checks(contents: tf.Tensor, header: Header) -> list[tf.Operation]:
    height, width = header.height, header.width
    columns = tf.cast(tf.round(width * GLYPH_SIZE / tf.maximum(height, 1)), tf.int64)
    size = ["px high and wide:", height, width]
    return [
        tf.debugging.Assert(
            header.is_known,
            [f"Expected the bytes of a picture in the format {_FORMATS}, but received", tf.strings.length(contents), "bytes of another kind."],
        ),
        tf.debugging.Assert(~header.is_animated_webp, ["Expected a WebP of one frame, but received an animated one."]),
        tf.debugging.Assert(
            height * width <= MOST_PIXELS,
            [f"Expected a picture of at most {MOST_PIXELS} px, but received", *size, "Cut it into lines, or scale it down."],
        ),
        tf.debugging.Assert(
            ~header.is_known | (height >= LEAST_HEIGHT),
            [f"Expected a picture at least {LEAST_HEIGHT} px high, but received", *size, "Scan it at a higher resolution."],
        ),
        tf.debugging.Assert(
            columns <= MOST_COLUMNS,
            [f"Expected a line at most {MOST_COLUMNS} px wide when scaled to a height of {GLYPH_SIZE} px, but received", *size, "Cut it into shorter lines."],
        ),
    ]


def _decode_8(contents: tf.Tensor, header: Header) -> tf.Tensor:
    pixels = tf.cond(
        header.is_jpeg,
        lambda: _decode_jpeg(contents),
        lambda: tf.io.decode_image(contents, channels=0, expand_animations=False),
    )
    pixels = tf.ensure_shape(pixels, (None, None, None))
    channels = tf.shape(pixels)[2]
    values = tf.cast(pixels, tf.int32)
    return tf.switch_case(
        channels - 1,
        [
            lambda: tf.cast(values[:, :, 0], tf.float32),
            lambda: _lay_on_paper(tf.cast(values[:, :, 0], tf.float32), tf.cast(values[:, :, 1], tf.float32) / 255),
            lambda: tf.cast(_luminance(values), tf.float32),
            lambda: _lay_on_paper(
                tf.cast(_luminance(values), tf.float32), tf.cast(values[:, :, 3], tf.float32) / 255
            ),
        ],
    )


def _decode_jpeg(contents: tf.Tensor) -> tf.Tensor:
    pixels = tf.io.decode_jpeg(contents, channels=0, dct_method="INTEGER_ACCURATE")
    orientation = read_orientation(contents)
    pixels = tf.cond((orientation >= 5), lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels)
    mirrored = tf.reduce_any(orientation == [2, 3, 6, 7])
    flipped = tf.reduce_any(orientation == [3, 4, 7, 8])
    pixels = tf.cond(mirrored, lambda: tf.reverse(pixels, [1]), lambda: pixels)
    return tf.cond(flipped, lambda: tf.reverse(pixels, [0]), lambda: pixels)


def _decode_grey_16(contents: tf.Tensor) -> tf.Tensor:
    values = tf.cast(tf.io.decode_png(contents, channels=1, dtype=tf.uint16)[:, :, 0], tf.float32)
    low, high = tf.reduce_min(values), tf.reduce_max(values)
    return tf.round((values - low) * (255.0 / tf.where(high > low, high - low, 1.0)))


def _luminance(rgb: tf.Tensor) -> tf.Tensor:
    """ITU-R 601-2 luma of (H, W, 3 or more) int32, rounded as Pillow does."""
    return (rgb[:, :, 0] * 19595 + rgb[:, :, 1] * 38470 + rgb[:, :, 2] * 7471 + 0x8000) // 0x10000


def _lay_on_paper(grey: tf.Tensor, opacity: tf.Tensor) -> tf.Tensor:
    """Lays grey values on a paper that shows them; see `images.loading`."""
    paper = _choose_paper(grey, opacity)
    return tf.round(grey * opacity + paper * (1 - opacity))


def _choose_paper(grey: tf.Tensor, opacity: tf.Tensor) -> tf.Tensor:
    seen = opacity > tf.reduce_max(opacity) / 2
    visible = tf.boolean_mask(grey, seen)
    places = tf.where(seen)
    count = tf.shape(visible)[0]

    def choose() -> tf.Tensor:
        extent = tf.reduce_max(places, 0) - tf.reduce_min(places, 0) + 1
        share = tf.cast(count, tf.float32) / tf.cast(extent[0] * extent[1], tf.float32)
        ordered = tf.sort(visible)
        median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
        mean = tf.reduce_mean(visible)
        on_ground = (share > 0.5) & (tf.math.reduce_std(visible) > _INK_SPREAD)
        return tf.where(on_ground, median, tf.where(mean < 128, 255.0, 0.0))

    return tf.cond(count > 0, choose, lambda: 255.0)
