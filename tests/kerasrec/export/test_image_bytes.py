"""An image of any format becomes the same grey values eagerly, in a graph, in tf.data and in a server's session."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kerasrec.export.headers import read_bytes
from kerasrec.export.image_bytes import DECODERS, decode_picture, find_format
from kerasrec.images.loading import load_image

Decode = Callable[[bytes], np.ndarray]


def stroke() -> np.ndarray:
    """Grey paper with noise and a dark bar."""
    image = np.random.default_rng(0).integers(150, 256, (30, 60), np.uint8)
    image[10:20, 20:40] //= 4
    return image


def encode(format: str, mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.fromarray(stroke()).convert(mode).save(file, format, lossless=True)
    return file.getvalue()


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB"),
    "WEBP": ("L", "RGB", "RGBA"),
}
PICTURES = {f"{format} {mode}": encode(format, mode) for format, modes in MODES.items() for mode in modes}
WAYS = ("session", "graph", "eager", "tf.data")


def in_tf_data(data: bytes) -> np.ndarray:
    (grey,) = tf.data.Dataset.from_tensors(tf.constant(data)).map(SINGLE)
    return grey.numpy()


def save(folder: Path) -> None:
    """Saves a model that decodes images one by one, as the exported one does."""
    module, row = tf.Module(), tf.RaggedTensorSpec((None, None), tf.float32, ragged_rank=0)

    def decode(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"rows": tf.map_fn(decode_picture, pictures, fn_output_signature=row).to_tensor()}

    strings = tf.TensorSpec((None,), tf.string, "pictures")
    module.decode = tf.function(decode, input_signature=[strings], autograph=False)
    tf.saved_model.save(module, str(folder), signatures=module.decode)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[bytes]], np.ndarray]]:
    """Decodes images of one size in a session of a saved model."""
    folder = tmp_path_factory.mktemp("model")
    save(folder)
    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        signature = tf.compat.v1.saved_model.load(session, ["serve"], str(folder)).signature_def["serving_default"]
    pictures, rows = signature.inputs["pictures"].name, signature.outputs["rows"].name
    yield lambda data: session.run(rows, {pictures: data}).reshape(len(data), *stroke().shape)
    session.close()


@pytest.fixture(scope="module")
def ways(run) -> dict[str, Decode]:
    graph = tf.function(decode_picture, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)
    return {
        "eager": lambda data: decode_picture(tf.constant(data)).numpy(),
        "graph": lambda data: graph(tf.constant(data)).numpy(),
        "tf.data": in_tf_data,
        "session": lambda data: run([data])[0],
    }


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
    ],
)
def test_a_format_is_recognized_by_its_first_bytes(data, name):
    assert list(DECODERS)[find_format(read_bytes(tf.constant(data)))] == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"BM",
        b"GIF89a",
        b"\x89PNG\n\n\x1a\n",
        b"\xff\xd8",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"II*\0",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"RIFF\0\0\0\0\xff\x0a",
    ],
    ids=repr,
)
def test_other_bytes_are_of_no_format(data):
    assert int(find_format(read_bytes(tf.constant(data)))) == len(DECODERS)


@pytest.mark.parametrize("kind", PICTURES)
def test_every_way_of_decoding_matches_load_image(kind, ways):
    expected = load_image(PICTURES[kind])
    assert expected.std() > 10
    for way in {"PNG L": WAYS, "JPEG L": WAYS[:3]}.get(kind, ("graph", "session")):
        np.testing.assert_array_equal(ways[way](PICTURES[kind]), expected, err_msg=way)


def test_images_of_all_formats_are_decoded_together(run):
    for data, grey in zip(PICTURES.values(), run(list(PICTURES.values())), strict=True):
        np.testing.assert_array_equal(grey, load_image(data))


@pytest.mark.parametrize("way", ["eager", "graph", "session"])
@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"The quick brown fox", encode("BMP"), encode("GIF"), encode("TIFF"), b"\xff\x0a" + bytes(60)],
    ids=["nothing", "a byte", "text", "BMP", "GIF", "TIFF", "JPEG XL"],
)
def test_other_formats_are_refused(data, way, ways):
    text = f"Expected a PNG, JPEG or WebP image, but received {len(data)} bytes of something else. Save it as PNG."
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        ways[way](data)


@pytest.mark.parametrize("start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X"])
def test_a_header_followed_by_noise_is_refused(start, ways):
    for length in range(41):
        with pytest.raises(tf.errors.InvalidArgumentError):
            ways["graph"]((start + np.random.default_rng(length).bytes(40))[:length])


SINGLE = tf.function(decode_picture, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)


@given(st.sampled_from(sorted(PICTURES)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4))
def test_a_damaged_image_is_decoded_or_refused_and_nothing_else(kind, changes):
    data = bytearray(PICTURES[kind])
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        grey = SINGLE(tf.constant(bytes(data))).numpy()
    except tf.errors.InvalidArgumentError:
        return
    assert grey.dtype == np.float32
    assert 0 <= grey.min() <= grey.max() <= 255
