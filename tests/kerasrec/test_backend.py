"""Keras runs as kerasrec needs it, whatever the user's environment and keras.json say."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

OTHERS = {"floatx": "float64", "epsilon": 0.5, "image_data_format": "channels_first", "backend": "jax"}
READ = """
import sys
import numpy as np
from PIL import Image
{before}
import kerasrec
recognizer = kerasrec.load(sys.argv[1] + "/run")
print(recognizer.read(sys.argv[1] + "/lines/line1.png").text)
import keras
print(keras.config.backend(), keras.config.floatx(), keras.config.image_data_format(), keras.config.max_epochs())
"""


def read(folder, keras_json, before="", **variables):
    """Reads a line in a process with a keras.json and variables of the environment."""
    home = folder / "keras"
    home.mkdir()
    (home / "keras.json").write_text(json.dumps(keras_json), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    env |= {"KERAS_HOME": str(home), **variables}
    code = [sys.executable, "-c", READ.format(before=before), str(folder)]
    return subprocess.run(code, capture_output=True, text=True, env=env, check=False)


@pytest.fixture
def saved(saved_archive, tmp_path):
    with zipfile.ZipFile(saved_archive) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_line_is_read_whatever_the_settings_of_keras(saved):
    variables = {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "one"}
    done = read(saved, OTHERS | {"floatx": "float16"}, **variables)
    assert done.stdout == "2120 30\ntensorflow float32 channels_last None\n", done.stderr
    assert "kerasrec" not in done.stderr  # only TensorFlow's log


def test_a_program_that_uses_keras_differently_is_warned(saved):
    done = read(saved, OTHERS | {"backend": "tensorflow"}, before="import keras")
    assert done.stdout.startswith("2120 30\n")
    assert "Keras's floatx is now float32 for kerasrec, not float64." in done.stderr


def test_another_backend_that_is_loaded_is_an_error_with_the_remedy(saved):
    done = read(saved, {}, before="import keras\nkeras.config.backend = lambda: 'jax'")
    assert "UsageError: kerasrec computes with TensorFlow, but this program has imported Keras with jax" in done.stderr
    assert "Set KERAS_BACKEND=tensorflow" in done.stderr


def test_a_wrong_keras_json_is_named(saved):
    done = read(saved, {"floatx": "float8"})
    assert f"UsageError: Keras cannot start with its settings in {saved}/keras/keras.json: Invalid" in done.stderr


def test_without_keras_a_sentence_says_what_is_missing():
    hide = "import sys\nsys.modules['tensorflow'] = None"
    done = subprocess.run(
        [sys.executable, "-c", f"{hide}\nfrom kerasrec_cli.main import run\nrun()", "models"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "tensorflow is not installed, which only ONNX files are read without." in " ".join(done.stderr.split())
