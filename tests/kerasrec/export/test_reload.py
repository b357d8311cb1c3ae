import subprocess
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from kerasrec.export import reload
from kerasrec.export.warm_up import write_warm_up
from kerasrec.serving import wire

BLOCK = f"""
import runpy, sys
names = runpy.run_path({reload.__file__!r})
sys.meta_path[:] = [names["_Without"](finder) for finder in sys.meta_path]
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-c", BLOCK + code], capture_output=True, text=True, check=False)


def reload_version(version: Path, outputs: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", reload.__file__, str(version), str(outputs)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_keras_and_kerasrec_cannot_be_imported_and_others_can():
    assert "No module named 'kerasrec'" in run("import kerasrec").stderr
    assert "No module named 'keras'" in run("import keras").stderr
    assert run("import numpy, tensorflow.core.framework.types_pb2").returncode == 0


def save_toy(version: Path, pictures: list[bytes]) -> Path:
    """Saves a version with warm-up records that returns an é and the bytes of each image, which must not be empty."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, wire.IMAGE_BYTES)], autograph=False)
    def read(image_bytes):
        checked = tf.debugging.Assert(tf.reduce_all(tf.strings.length(image_bytes) > 0), ["Expected an image."])
        with tf.control_dependencies([checked]):
            return {wire.TEXT: tf.strings.join(["é", image_bytes])}

    lines = tf.TensorSpec((None, 28, None, 1), tf.float32, wire.IMAGES)

    @tf.function(input_signature=[lines, tf.TensorSpec((None,), tf.int32, wire.WIDTHS)], autograph=False)
    def compute(images, widths):
        return {wire.LOG_PROBS: -images[:, 0], wire.FRAMES: widths // 2}

    signatures = {wire.SERVING_DEFAULT: read, wire.LOG_PROBS: compute}
    tf.saved_model.save(tf.Module(), str(version), signatures=signatures)
    write_warm_up(version, pictures, np.full((8, 28, 40, 1), 7, np.uint8), np.full(8, 40, np.int32))
    return version


def test_each_record_gives_its_outputs(tmp_path):
    version = save_toy(tmp_path / "1", [b"%d" % number for number in range(32)])
    assert reload_version(version, tmp_path / "outputs.npz").returncode == 0
    with np.load(tmp_path / "outputs.npz") as outputs:
        for record, count in enumerate([1, 8, 32]):
            assert outputs[f"{record}/text"].dtype.kind == "U"
            assert outputs[f"{record}/text"].tolist() == [f"é{number}" for number in range(count)]
        np.testing.assert_array_equal(outputs["3/log_probs"], np.full((8, 40, 1), -7))
        assert outputs["3/frames"].tolist() == [20] * 8


def test_a_failing_record_fails_the_program(tmp_path):
    version = save_toy(tmp_path / "1", [b"", *[b"image"] * 31])
    done = reload_version(version, tmp_path / "outputs.npz")
    assert done.returncode == 1
    assert "Expected an image." in done.stderr
    assert not (tmp_path / "outputs.npz").exists()
