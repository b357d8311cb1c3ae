"""The exported graph reads like the recognizer, whatever the model, the images and the rest of the batch."""

import io
import re
import resource
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import config_pb2, saved_model_pb2

from kerasrec.alphabet import Alphabet
from kerasrec.export.samples import sample_pictures
from kerasrec.images.canonical import greatest_width
from kerasrec.images.files import ImageSource
from kerasrec.models import MODELS
from kerasrec.recognizer.exporting import copy_in_float32
from kerasrec.recognizer.read_images import read_images
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.serving import wire
from kerasrec.serving.server.batching import BatchSettings
from kerasrec.serving.server.limits import Limits
from kerasrec.spec import LineSpec

SMALL = {
    "line_cnn_simple": {"conv_dim": 4, "fc_dim": 16},
    "line_cnn": {"conv_dim": 8, "fc_dim": 16},
    "line_cnn_lstm": {"conv_dim": 8, "fc_dim": 16, "lstm_dim": 16},
    "line_cnn_transformer": {"conv_dim": 8, "fc_dim": 16, "dim": 16, "layers": 2, "heads": 2, "feed_forward": 16},
    "line_resnet": {"width": 8, "context_dim": 16, "context_blocks": 1},
}
TRAINED_FOR = [(name, objective) for name, kind in MODELS.items() for objective in kind.objectives]


def small(name: str, randomise, policy: str = "float32", objective: str | None = None) -> Recognizer:
    spec = LineSpec(fixed_width=MODELS[name].fixed_width)
    recognizer = Recognizer.build(MODELS[name](**SMALL[name]), Alphabet(), spec, policy, objective)
    randomise(recognizer.model)
    return recognizer


STRONG = {"line_cnn_lstm": ("lstm",), "line_cnn_transformer": ("windows", "dense/", "norm")}


def strengthen(recognizer: Recognizer) -> None:
    """Makes lines differ, because some models with random weights read all of them alike; rounding errors grow too."""
    for weight in recognizer.model.trainable_variables:
        if any(part in weight.path for part in STRONG.get(recognizer.name, ())):
            weight.assign(10 * weight)


@pytest.fixture(scope="module")
def saved(randomise, save) -> Callable[..., tuple[Recognizer, Path]]:
    """Makes and saves each small recognizer once, not to be changed: `saved("line_cnn")` returns it and its folder."""

    @cache
    def once(name: str, objective: str, is_strong: bool) -> tuple[Recognizer, Path]:
        recognizer = small(name, randomise, objective=objective)
        if is_strong:
            strengthen(recognizer)
        return recognizer, save(recognizer)

    def saved(name: str, objective: str | None = None, is_strong: bool = True) -> tuple[Recognizer, Path]:
        return once(name, objective or MODELS[name].objectives[0], is_strong)

    return saved


@pytest.fixture
def call(saved, load):
    return load(saved("line_resnet")[1])


def read(recognizer, pictures):
    return [reading for _, reading in read_images(recognizer, [ImageSource("picture", each) for each in pictures])]


@pytest.mark.parametrize(("name", "objective"), TRAINED_FOR)
def test_every_model_reads_like_its_recognizer(name, objective, saved, load):
    (recognizer, version), pictures = saved(name, objective), sample_pictures(Alphabet())[:12]
    outputs = load(version)("serving_default", image_bytes=pictures)
    readings = read(recognizer, pictures)
    assert len({reading.text for reading in readings}) > 1
    assert [text.decode() for text in outputs["text"]] == [reading.text for reading in readings]
    np.testing.assert_allclose(outputs["confidence"], [reading.confidence for reading in readings], atol=1e-5)
    for i, reading in enumerate(readings):
        count = outputs["character_count"][i]
        assert count == len(reading.characters)
        for key, field, tolerance in (
            ("confidence", "confidence", 1e-5),
            ("start", "start", 0.01),
            ("end", "end", 0.01),
        ):
            values = outputs[f"character_{key}"][i]
            np.testing.assert_allclose(values[:count], [getattr(c, field) for c in reading.characters], atol=tolerance)
            assert not values[count:].any()


@pytest.mark.parametrize(("ink", "signature"), wire.READERS.items())
def test_each_ink_has_a_signature_that_reads_like_the_recognizer(ink, signature, saved, load):
    (recognizer, version), pictures = saved("line_resnet"), sample_pictures(Alphabet())[:6]
    outputs = load(version)(signature, image_bytes=pictures)
    readings = [recognizer.read(picture, ink=ink) for picture in pictures]
    assert [text.decode() for text in outputs["text"]] == [reading.text for reading in readings]
    np.testing.assert_allclose(outputs["confidence"], [reading.confidence for reading in readings], atol=1e-5)
    other = [recognizer.read(picture, ink="light" if ink == "dark" else "dark") for picture in pictures]
    assert other != readings


def test_the_signatures_of_all_inks_share_one_function(saved):
    _, version = saved("line_resnet")
    graph = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    names = [function.signature.name for function in graph.meta_graphs[0].graph_def.library.function]
    assert len([name for name in names if re.fullmatch(r"__inference__read_\d+", name)]) == 1
    assert len([name for name in names if re.fullmatch(r"__inference_read_ink_\d+", name)]) == 3


@pytest.mark.parametrize("name", MODELS)
def test_an_image_is_read_the_same_alone_and_in_a_batch(name, saved, load):
    pictures = sample_pictures(Alphabet())[:6]
    # A strong LSTM reads other texts after the rounding errors of another batch size.
    call = load(saved(name, is_strong=name != "line_cnn_lstm")[1])
    together = call("serving_default", image_bytes=pictures)
    for i, picture in enumerate(pictures):
        alone = call("serving_default", image_bytes=[picture])
        assert alone["text"][0] == together["text"][i]
        np.testing.assert_allclose(alone["confidence"][0], together["confidence"][i], rtol=1e-3)
        count = alone["character_count"][0]
        np.testing.assert_allclose(alone["character_start"][0], together["character_start"][i, :count], atol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_log_probabilities_match_the_recognizer(name, saved, load):
    recognizer, version = saved(name)
    rng = np.random.default_rng(0)
    lines = [rng.integers(0, 256, (28, width), np.uint8) for width in (40, 300, 128)]
    images, widths = recognizer.to_batch(lines)
    expected = recognizer.log_probs(images, widths)
    own = np.array([40, 300, 128], np.int32)
    outputs = load(version)("log_probs", images=images[:, :, :300].astype(np.float32), widths=own)
    assert outputs["frames"].tolist() == recognizer.outputs(expected, widths).tolist()
    for found, wanted, count in zip(outputs["log_probs"], expected, outputs["frames"], strict=True):
        np.testing.assert_allclose(found[:count], wanted[:count], atol=1e-4)


def test_columns_beyond_a_lines_width_are_ignored(call):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1, 28, 200, 1)).astype(np.float32)
    wide = call("log_probs", images=images, widths=[120])
    narrow = call("log_probs", images=images[:, :, :120], widths=[120])
    np.testing.assert_allclose(wide["log_probs"], narrow["log_probs"], atol=1e-5)


def refused(call, signature, **inputs):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        call(signature, **inputs)
    return error.value.message


def white(width: int, dashes: bool = False) -> bytes:
    """Makes an image of blank paper, or with a dash at either end, so that it is not cropped to the least width."""
    paper = np.full((28, width), 255, np.uint8)
    if dashes:
        paper[12:16, [2, 3, -4, -3]] = 0
    file = io.BytesIO()
    Image.fromarray(paper).save(file, "PNG")
    return file.getvalue()


def test_an_image_without_ink_has_a_result(call):
    outputs = call("serving_default", image_bytes=[white(100)])
    assert outputs["text"].shape == (1,)


def test_an_empty_batch_of_images_is_refused(call):
    assert "Expected at least one image, but received none." in refused(call, "serving_default", image_bytes=[])


def test_an_empty_batch_of_lines_is_refused(call):
    assert "at least one line" in refused(call, "log_probs", images=np.zeros((0, 28, 50, 1)), widths=[])


@pytest.mark.parametrize("widths", [[0, 5], [51, 5], [-1, 5]])
def test_widths_outside_the_images_are_refused(call, widths):
    message = refused(call, "log_probs", images=np.zeros((2, 28, 50, 1)), widths=widths)
    assert "Expected widths from 1 px to the width of the images" in message
    assert "[50]" in message


@pytest.mark.parametrize("widths", [[], [5], [5, 5, 5]])
def test_another_number_of_widths_than_images_is_refused(call, widths):
    message = refused(call, "log_probs", images=np.zeros((2, 28, 50, 1)), widths=widths)
    assert f"Expected one width for each image, but received] [{len(widths)}] [widths for] [2]" in message


def test_too_large_a_request_is_refused_before_its_lines_are_padded(call):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = refused(call, "serving_default", image_bytes=[white(16_000, dashes=True)] + [white(28)] * 3_000)
    assert "Expected a request of at most] [526336] [columns" in message
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert kilobytes < 800_000  # padded to 16,000 px, they take 2,700,000


def test_a_request_may_have_32_lines_of_the_greatest_width(call):
    width = greatest_width(28)
    outputs = call("log_probs", images=np.zeros((32, 28, width, 1), np.float32), widths=[width] * 32)
    assert len(outputs["frames"]) == 32
    message = refused(call, "log_probs", images=np.zeros((33, 28, width, 1), np.float32), widths=[width] * 33)
    assert "Send fewer lines at a time" in message


def test_a_server_accepts_no_more_lines_than_fit_at_the_greatest_width():
    assert Limits().images <= wire.MOST_WIDE_LINES
    assert BatchSettings().max_batch_size <= wire.MOST_WIDE_LINES


@pytest.mark.parametrize("shape", [(32, 40), (1, 28, 40), (1, 28, 40, 3), (1, 30, 40, 1), (1, 28, 40, 1, 1), ()])
def test_images_of_another_rank_or_height_do_not_crash_the_process(call, shape):
    signature = call.signatures["log_probs"]
    # Fed as the C++ server does, which checks no shapes: Session.run would refuse it before the graph does.
    options = config_pb2.CallableOptions()
    options.feed.extend([signature.inputs["images"].name, signature.inputs["widths"].name])
    options.fetch.append(signature.outputs["frames"].name)
    run = call.session._make_callable_from_options(options)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible with expected shape"):
        run(np.zeros(shape, np.float32), np.array([20], np.int32))


def test_weights_are_stored_once(saved):
    recognizer, version = saved("line_cnn_lstm")
    (weights,) = (version / "variables").glob("variables.data-*")
    assert weights.stat().st_size < 4 * recognizer.model.count_params() * 1.1 + 4096


def test_a_recognizer_that_computes_in_bfloat16_is_exported_in_float32(randomise, save, load, tmp_path):
    half = small("line_cnn_lstm", randomise, policy="mixed_bfloat16")
    half.save(tmp_path / "half.keras")
    single, pictures = Recognizer.load(tmp_path / "half.keras"), sample_pictures(Alphabet())[:4]
    version = save(copy_in_float32(half))
    outputs = load(version)("serving_default", image_bytes=pictures)
    assert [text.decode() for text in outputs["text"]] == [reading.text for reading in read(single, pictures)]
    assert b"DT_BFLOAT16" not in (version / "saved_model.pb").read_bytes()


def test_no_gpu_kernel_is_exported_on_a_machine_with_a_gpu(randomise, save, monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind=None: ["a GPU"])
    graph = (save(small("line_cnn_lstm", randomise)) / "saved_model.pb").read_bytes()
    assert b"BlockLSTMV2" in graph
    assert b"Cudnn" not in graph
