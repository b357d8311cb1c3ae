"""A toy SavedModel with a recognizer's signatures, which is quick to make, and servers of it."""

import contextlib
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

GATE = "gate"
"""The toy's signature that waits until its signature "release" is called, for requests of any duration."""


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """Makes an image: `png(width=40, height=28, grey=255)`."""

    def make(width: int = 40, height: int = 28, grey: int = 255) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(np.full((height, width), grey, np.uint8)).save(stream, "PNG")
        return stream.getvalue()

    return make


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with NAME.pem and NAME.key for the CAs ca and stranger, and signed by ca: server, client, other_host."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "stranger"):
        openssl("req", "-x509", *new, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    hosts = {"server": "IP:127.0.0.1,DNS:localhost", "client": "DNS:client", "other_host": "DNS:example.org"}
    for name, host in hosts.items():
        openssl("req", *new, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "extension").write_text(f"subjectAltName={host}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extension")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
    return folder


@pytest.fixture(scope="session")
def predict_request() -> Callable[..., Any]:
    """Makes a request: `predict_request(image_bytes=[b"..."], signature="gate", version=1)`.

    Inputs are arrays, lists of bytes or TensorProtos; `name` is "lines".
    """
    import tensorflow as tf
    from tensorflow.core.framework.tensor_pb2 import TensorProto
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    def make(
        name: str = "lines",
        signature: str = "",
        version: int | None = None,
        label: str | None = None,
        output_filter: tuple[str, ...] = (),
        **inputs: Any,
    ) -> PredictRequest:
        request = PredictRequest(output_filter=output_filter)
        request.model_spec.name, request.model_spec.signature_name = name, signature
        if version is not None:
            request.model_spec.version.value = version
        if label is not None:
            request.model_spec.version_label = label
        for alias, value in inputs.items():
            tensor = value if isinstance(value, TensorProto) else tf.make_tensor_proto(value)
            request.inputs[alias].CopyFrom(tensor)
        return request

    return make


@pytest.fixture(scope="session")
def toy_folder(toy_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with version 1 of the toy; tests must not change it."""
    folder = tmp_path_factory.mktemp("toy") / "lines"  # the default name of the model in clients
    toy_model(folder)
    return folder


@pytest.fixture
def start_server() -> Iterator[Callable[..., Any]]:
    """Starts servers on free ports: `start_server(folder, poll_seconds=0.05, images=8, rest_port=0)`.

    Takes a folder of versions or a ModelServerConfig, and any field of the server's settings.
    """
    with contextlib.ExitStack() as stack:

        def start(models: Any, **settings: Any) -> Any:
            from kerasrec.serving.server.model_config import folder_config
            from kerasrec.serving.server.server import Server

            config = folder_config(models, "lines") if isinstance(models, Path) else models
            return stack.enter_context(Server(config, _server_settings(settings)))

        yield start


def _server_settings(given: dict[str, Any]) -> Any:
    from dataclasses import fields

    from kerasrec.serving.server.batching import BatchSettings
    from kerasrec.serving.server.catalog import WatchSettings
    from kerasrec.serving.server.limits import Limits
    from kerasrec.serving.server.servable import ComputeSettings
    from kerasrec.serving.server.server import ServerSettings

    def take(kind: type, **more: Any) -> Any:
        return kind(**{each.name: given.pop(each.name) for each in fields(kind) if each.name in given}, **more)

    compute = take(ComputeSettings, limits=take(Limits), batches=take(BatchSettings))
    watch = take(WatchSettings)
    given = {"port": 0, "rest_port": None, **given}
    return ServerSettings(compute=compute, watch=watch, **given)


@pytest.fixture(scope="session")
def toy_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a toy SavedModel: `toy_model(folder, version=1, tag="v1-")` writes `folder/1` and returns it.

    For an image W px wide and H px high it returns:

    - text: the tag, then `HxW`, for example "v1-28x40". The default tag is `v{version}-`.
    - confidence: the image's mean grey value / 255.
    - character_count: W // 10, and that many characters with confidence 0.5 and a width of 10 px.

    Other bytes fail with TensorFlow's "Unknown image file format". `log_probs` returns for each line the log-softmax
    over 3 classes of [0, 0, mean grey of each 4 columns], and widths // 4 as frames. `gate` has the same inputs and
    outputs as `serving_default`, but each run waits for a call of `release` (input `count`: (N,) int32). `dark_ink` has
    "dark-" before the tag; there is no `light_ink`, as in exports of older versions.
    """

    made: dict[str, Path] = {}  # by the tag

    def write(folder: Path, version: int = 1, tag: str | None = None) -> Path:
        path = folder / str(version)
        tag = f"v{version}-" if tag is None else tag
        if tag not in made:
            import tensorflow as tf

            made[tag] = tmp_path_factory.mktemp("toys") / "toy"
            tf.saved_model.save(tf.Module(), str(made[tag]), signatures=_signatures(tag))
        hidden = folder / f".{version}"
        shutil.copytree(made[tag], hidden)
        return hidden.rename(path)  # appears at once, like kerasrec's exports

    return write


def _signatures(tag: str) -> dict:
    import tensorflow as tf

    from kerasrec.serving import wire

    def read(image_bytes, tag=tag):
        image_bytes = tf.ensure_shape(image_bytes, (None,))
        check = tf.debugging.Assert(tf.shape(image_bytes)[0] > 0, ["Expected at least one image, but received none."])
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
        wire.DARK_INK: function(lambda image_bytes: read(image_bytes, f"dark-{tag}"), picture),
        wire.LOG_PROBS: function(log_probs, lines, tf.TensorSpec((None,), tf.int32, wire.WIDTHS)),
        GATE: function(gate, picture),
        "release": function(release, tf.TensorSpec((None,), tf.int32, "count")),
    }
