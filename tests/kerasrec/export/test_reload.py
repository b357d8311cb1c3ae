import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from kerasrec.export import reload

BLOCK = f"""
import runpy, sys
names = runpy.run_path({reload.__file__!r})
sys.meta_path[:] = [names["_Without"](finder) for finder in sys.meta_path]
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", "-c", BLOCK + code], capture_output=True, text=True, check=False)


def reload_version(version: Path, outputs: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", reload.__file__, str(version), str(outputs)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_keras_and_kerasrec_cannot_be_imported_and_others_can():
    assert "No module named 'kerasrec'" in run("import kerasrec").stderr
    assert "No module named 'keras'" in run("import keras").stderr
    assert run("import numpy, tensorflow.core.framework.types_pb2").returncode == 0


def test_each_record_gives_its_outputs(exported, tmp_path):
    assert reload_version(exported.version, tmp_path / "outputs.npz").returncode == 0
    with np.load(tmp_path / "outputs.npz") as outputs:
        assert [len(outputs[f"{record}/text"]) for record in range(3)] == [1, 8, 32]
        assert outputs["3/log_probs"].shape[0] == 8
        assert outputs["2/text"].dtype.kind == "U"


def test_a_failing_record_fails_the_program(exported, tmp_path):
    version = shutil.copytree(exported.version, tmp_path / "1")
    file = version / "assets.extra" / "tf_serving_warmup_requests"
    records = [bytes(record) for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator()]
    with tf.io.TFRecordWriter(str(file)) as writer:
        writer.write(records[0].replace(b"\x89PNG", b"\x88PNG"))
    done = reload_version(version, tmp_path / "outputs.npz")
    assert done.returncode == 1
    assert "Expected" in done.stderr
    assert not (tmp_path / "outputs.npz").exists()
