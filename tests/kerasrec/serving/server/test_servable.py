"""A version with its warm-up and batches, which answers like TensorFlow Serving."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from kerasrec.serving.server.batching import BatchSettings, Closed
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.servable import ComputeSettings, Servable
from kerasrec.serving.server.warm_up_requests import FILE


@pytest.fixture(scope="module")
def runs():
    """The runs that the servable observed."""
    return []


@pytest.fixture(scope="module")
def toy(toy_folder, runs):
    settings = ComputeSettings(Limits(images=8), BatchSettings(threads=1))
    servable = Servable(
        "lines", 1, toy_folder / "1", settings, lambda model, microseconds: runs.append((model, microseconds))
    )
    yield servable
    servable.close()


def test_a_response_has_the_model_spec_and_all_outputs(toy, predict_request, png, runs):
    response = toy.predict(predict_request(image_bytes=[png(40), png(25, grey=51)]))
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("lines", 1, "serving_default")
    assert list(response.outputs["text"].string_val) == [b"v1-28x40", b"v1-28x25"]
    np.testing.assert_allclose(response.outputs["confidence"].float_val, [1, 0.2], rtol=1e-6)
    assert tf.make_ndarray(response.outputs["character_end"]).tolist() == [[10, 20, 30, 40], [10, 20, 0, 0]]
    assert len(response.outputs) == 6
    assert runs[-1][0] == "lines"
    assert runs[-1][1] > 0


def test_the_output_filter_selects_outputs(toy, predict_request, png):
    response = toy.predict(predict_request(image_bytes=[png()], output_filter=("text", "character_count")))
    assert set(response.outputs) == {"text", "character_count"}


def test_lines_are_computed(toy, predict_request):
    images, widths = np.ones((2, 28, 9, 1), np.float32), np.array([9, 4], np.int32)
    response = toy.predict(predict_request(signature="log_probs", images=images, widths=widths))
    assert tf.make_ndarray(response.outputs["log_probs"]).shape == (2, 2, 3)
    assert list(response.outputs["frames"].int_val) == [2, 1]
    assert response.model_spec.signature_name == "log_probs"


def test_requests_that_wait_together_are_one_run(toy, predict_request, png, runs):
    with ThreadPoolExecutor(8) as pool:
        held = pool.submit(toy.predict, predict_request(signature="gate", image_bytes=[png()]))
        while toy._batcher._rows or not toy._batcher._threads[0].is_alive():
            time.sleep(0.001)
        time.sleep(0.05)  # the only thread waits at the gate now
        before = len(runs)
        waiting = [pool.submit(toy.predict, predict_request(image_bytes=[png(10 * width)])) for width in range(1, 7)]
        while toy._batcher._rows < 6:
            time.sleep(0.001)
        toy._model.run("release", [np.array([1], np.int32)])
        texts = [future.result(20).outputs["text"].string_val[0] for future in waiting]
        held.result(20)
    assert texts == [b"v1-28x%d" % (10 * width) for width in range(1, 7)]
    assert len(runs) == before + 2


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"image_bytes": [b"xx"]}, "INVALID_ARGUMENT", "Unknown image file format"),
        ({"image_bytes": np.array([], object)}, "INVALID_ARGUMENT", "assertion failed: [Expected at least one image"),
        ({"image_bytes": [b"x"] * 9}, "INVALID_ARGUMENT", "Task size 9 is larger than maximum input batch size 8"),
        ({"image_bytes": [b""], "signature": "zzz"}, "FAILED_PRECONDITION", 'Serving signature key "zzz" not found.'),
        ({"image_bytes": [b""], "output_filter": ("nope",)}, "INVALID_ARGUMENT", "output tensor alias not found"),
        (
            {"signature": "log_probs", "images": np.ones((2, 28, 4, 1), np.float32), "widths": np.array([1], np.int32)},
            "INVALID_ARGUMENT",
            "Batching Run() input tensors must have equal 0th-dimension size",
        ),
        ({"signature": "__saved_model_init_op"}, "INVALID_ARGUMENT", "FetchOutputs NoOp"),
    ],
    ids=range(7),
)
def test_invalid_requests_are_refused(toy, predict_request, png, asked, code, text):
    if isinstance(asked.get("image_bytes"), np.ndarray):
        asked["image_bytes"] = tf.make_tensor_proto(asked["image_bytes"], tf.string, (0,))
    with pytest.raises(ServingError) as caught:
        toy.predict(predict_request(**asked))
    assert caught.value.code.name == code
    assert caught.value.text.startswith(text)
    assert toy.predict(predict_request(image_bytes=[png()])).outputs["text"].string_val[0] == b"v1-28x40"


def test_a_computation_ends_at_its_deadline(toy, predict_request, png):
    with pytest.raises(ServingError) as caught:
        toy.predict(predict_request(signature="gate", image_bytes=[png()]), time.monotonic() + 0.05)
    assert caught.value.code.name == "DEADLINE_EXCEEDED"
    assert toy.predict(predict_request(image_bytes=[png()])).outputs["text"].string_val[0] == b"v1-28x40"


@pytest.fixture
def warm_folder(toy_folder, tmp_path):
    """Writes a version with one warm-up record."""

    def write(request):
        shutil.copytree(toy_folder / "1", tmp_path / "1")
        (tmp_path / "1" / FILE).parent.mkdir(exist_ok=True)
        with tf.io.TFRecordWriter(str(tmp_path / "1" / FILE)) as writer:
            writer.write(PredictionLog(predict_log=PredictLog(request=request)).SerializeToString())
        return tmp_path / "1"

    return write


def test_warm_up_records_are_run(warm_folder, predict_request, png, monkeypatch):
    from kerasrec.serving.server.loaded_model import SavedModel

    runs, run = [], SavedModel.run
    monkeypatch.setattr(
        SavedModel, "run", lambda self, key, feeds: runs.append((key, len(feeds[0]))) or run(self, key, feeds)
    )
    folder = warm_folder(predict_request("whatever", image_bytes=[png()] * 40))  # more than the limit of requests
    Servable("lines", 1, folder, ComputeSettings()).close()
    assert runs == [("serving_default", 40)]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"image_bytes": [b"xx"]}, "Unknown image file format"),
        ({"image_bytes": [b"xx"], "signature": "zzz"}, 'Serving signature key "zzz" not found.'),
        ({"pictures": [b"xx"]}, "Signature input alias: image_bytes"),
    ],
)
def test_a_failing_warm_up_record_fails_the_load(warm_folder, predict_request, asked, text):
    with pytest.raises(ServingError, match=text):
        Servable("lines", 1, warm_folder(predict_request(**asked)), ComputeSettings())


def test_a_closed_version_raises_closed(toy_folder, predict_request, png):
    servable = Servable("lines", 1, toy_folder / "1", ComputeSettings())
    servable.close()
    with pytest.raises(Closed):
        servable.predict(predict_request(image_bytes=[png()]))
