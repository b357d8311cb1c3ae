from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.decoding import Character, Reading
from kerasrec.errors import ExportFailed
from kerasrec.export import check
from kerasrec.export.check import check_portable, check_readings

READING = Reading("ab", 0.5, (Character("a", 0.9, 0.0, 10.0), Character("b", 0.8, 10.0, 18.0)))
EMPTY = Reading("", 0.25, ())
LOG_PROBS = np.log(np.full((1, 3, 4), 0.25, np.float32))


def outputs_of(*readings: Reading) -> dict[str, np.ndarray]:
    outputs = {name: np.zeros((len(readings), 2), np.float32) for name in ("confidence", "start", "end")}
    for row, reading in enumerate(readings):
        for column, character in enumerate(reading.characters):
            for name, values in outputs.items():
                values[row, column] = getattr(character, name)
    return {
        "text": np.array([reading.text for reading in readings]),
        "confidence": np.array([reading.confidence for reading in readings], np.float32),
        **{f"character_{name}": values for name, values in outputs.items()},
    }


@pytest.fixture
def elsewhere(monkeypatch):
    """Outputs as if from the other process: two records of images and one of lines."""
    outputs = [
        outputs_of(READING),
        outputs_of(READING, EMPTY),
        {"log_probs": LOG_PROBS.copy(), "frames": np.array([2])},
    ]
    monkeypatch.setattr(check, "BATCHES", (1, 2))
    monkeypatch.setattr(check, "_run_elsewhere", lambda version: outputs)
    return outputs


def run_check(tmp_path):
    return check_readings(tmp_path, [READING, EMPTY], LOG_PROBS, np.array([2]))


def test_equal_readings_pass(elsewhere, tmp_path):
    assert run_check(tmp_path) == check.Checked(2, pytest.approx(0, abs=1e-6))


def test_the_greatest_difference_is_returned(elsewhere, tmp_path):
    elsewhere[1]["character_confidence"][0, 1] += 7e-4
    assert run_check(tmp_path).difference == pytest.approx(7e-4, rel=1e-3)


def test_another_text_fails(elsewhere, tmp_path):
    elsewhere[1]["text"][0] = "ac"
    with pytest.raises(ExportFailed, match="reads 'ac' where the recognizer reads 'ab', in sample 1 of 2"):
        run_check(tmp_path)


@pytest.mark.parametrize(
    ("name", "off"),
    [("confidence", 2e-3), ("character_confidence", 2e-3), ("character_start", 1.0), ("character_end", 1.0)],
)
def test_other_values_fail(elsewhere, tmp_path, name, off):
    elsewhere[0][name].flat[0] += off
    with pytest.raises(ExportFailed, match=f"SavedModel's {name} differs from the recognizer's by {off:.2g}, "):
        run_check(tmp_path)


def test_nan_fails(elsewhere, tmp_path):
    elsewhere[0]["confidence"][0] = np.nan
    with pytest.raises(ExportFailed, match="SavedModel's confidence differs from the recognizer's by nan"):
        run_check(tmp_path)


def test_other_log_probabilities_of_a_valid_frame_fail(elsewhere, tmp_path):
    elsewhere[2]["log_probs"][0, 2] = -9  # beyond the frames
    run_check(tmp_path)
    elsewhere[2]["log_probs"][0, 1] = -9
    with pytest.raises(ExportFailed, match="SavedModel's log_probs differs"):
        run_check(tmp_path)


def test_other_frames_fail(elsewhere, tmp_path):
    elsewhere[2]["frames"][0] = 3
    with pytest.raises(ExportFailed, match=r"returns \[3\] frames instead of \[2\]"):
        run_check(tmp_path)


def test_the_error_says_why_the_other_process_cannot_run_a_version(tmp_path):
    with pytest.raises(ExportFailed, match="does not run in a process without Keras and kerasrec: .*assets.extra"):
        run_check(tmp_path)


def test_the_other_process_imports_packages_from_where_this_one_does(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "tensorflow.py").write_text("raise ImportError('TensorFlow of PYTHONPATH')")
    monkeypatch.syspath_prepend(folder)
    with pytest.raises(ExportFailed, match="ImportError: TensorFlow of PYTHONPATH"):
        run_check(tmp_path)


def test_a_version_that_takes_too_long_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("kerasrec.export.elsewhere._SECONDS", 0.01)
    with pytest.raises(ExportFailed, match=r"did not finish within 0\.01 s"):
        run_check(tmp_path)


def save(folder, function):
    module = tf.Module()
    module.function = function
    tf.saved_model.save(module, str(folder), signatures=function.get_concrete_function())
    return folder


def test_a_plain_graph_is_portable(tmp_path):
    check_portable(save(tmp_path, tf.function(lambda x: {"y": x + 1}, [tf.TensorSpec((None,), tf.float32)])))


def test_a_graph_compiled_by_xla_is_not_portable(tmp_path):
    inner = tf.function(lambda x: x + 1, jit_compile=True)
    with pytest.raises(ExportFailed, match="must be compiled by XLA"):
        check_portable(save(tmp_path, tf.function(lambda x: {"y": inner(x)}, [tf.TensorSpec((None,), tf.float32)])))


def test_a_graph_on_a_device_is_not_portable(tmp_path):
    def on_gpu(x):
        with tf.device("/GPU:0"):
            return {"y": x + 1}

    with pytest.raises(ExportFailed, match="operation AddV2 is placed on .*GPU:0"):
        check_portable(save(tmp_path, tf.function(on_gpu, [tf.TensorSpec((None,), tf.float32)])))


def test_a_graph_with_cudnn_is_not_portable(tmp_path):
    def lstm(x):
        zeros = tf.zeros((1, 1, 4))
        return {
            "y": tf.raw_ops.CudnnRNNV3(
                input=x, input_h=zeros, input_c=zeros, params=tf.zeros(200), sequence_lengths=[3]
            ).output
        }

    with pytest.raises(ExportFailed, match="operation CudnnRNNV3 needs cuDNN"):
        check_portable(save(tmp_path, tf.function(lstm, [tf.TensorSpec((3, 1, 4), tf.float32)])))


def test_readings_are_compared_character_by_character(elsewhere, tmp_path):
    moved = replace(READING, characters=(replace(READING.characters[0], end=12.0), READING.characters[1]))
    with pytest.raises(ExportFailed, match="SavedModel's character_end differs from the recognizer's by 2, "):
        check_readings(tmp_path, [moved, EMPTY], LOG_PROBS, np.array([2]))
