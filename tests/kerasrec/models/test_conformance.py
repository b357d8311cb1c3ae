"""The same tests for every model: each is described once and must do all that `Architecture` promises."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.models import (
    MODELS,
    Architecture,
    LineCNN,
    LineCNNLSTM,
    LineCNNSimple,
    LineCNNTransformer,
    LineResNet,
    dtype_policy_scope,
)
from kerasrec.objectives import Objective, make_objective
from kerasrec.spec import LineSpec

CLASSES = 11
WIDTHS = (*range(17, 52), 100, 253, 448, 895, 896, 897)
TOLERANCE = 1e-4  # of the logits' standard deviation

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """A small model.

    Attributes:
        architecture: The settings of the model.
        local: The name of the last layer whose frames depend on a window of the line only, not on their neighbours.
        field: The receptive field of such a frame in pixel columns.
        frames: The name of the last layer whose outputs are frames of the line.
        steps: The number of outputs of every line, if they are not frames.
    """

    architecture: Architecture
    local: str
    field: int
    frames: str = "logits"
    steps: int | None = None


CASES = {
    "line_cnn_simple": Case(LineCNNSimple(conv_dim=4, fc_dim=16, window_stride=14), "classes", 28),
    "line_cnn": Case(LineCNN(conv_dim=4, fc_dim=16), "classes", 63),
    "line_cnn_lstm": Case(LineCNNLSTM(conv_dim=4, fc_dim=16, lstm_dim=8, lstm_layers=2), "classes", 63),
    "line_cnn_transformer": Case(
        LineCNNTransformer(conv_dim=4, fc_dim=16, dim=16, layers=2, heads=2, feed_forward=16, max_length=5),
        *("classes", 55, "memory", 6),
    ),
    "line_resnet": Case(LineResNet(width=4, context_dim=16, context_blocks=2, context_kernel=3), "squeeze", 81),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def architecture(case: Case) -> Architecture:
    return case.architecture


@pytest.fixture(scope="module")
def model(architecture: Architecture, randomise) -> keras.Model:
    built = architecture.build(CLASSES)
    randomise(built)
    return built


@pytest.fixture(scope="module")
def logits(model: keras.Model) -> Function:
    return compiled(model)


@pytest.fixture(scope="module")
def framed(case: Case, model: keras.Model) -> Function:
    return compiled(keras.Model(model.inputs, model.get_layer(case.frames).output))


def compiled(model: keras.Model) -> Function:
    """Compiles the model to one graph for all batch sizes and widths."""
    signature = [tf.TensorSpec((None, 28, None, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)]
    graph = tf.function(lambda images, widths: model([images, widths], training=False), input_signature=signature)
    return lambda images, widths: graph(images, np.asarray(widths, np.int32)).numpy()


def ink(widths: list[int], canvas: int, seed: int = 0) -> np.ndarray:
    """Draws lines of random blots (B, 28, canvas, 1); each is independent of the canvas and of the other lines."""
    images = np.zeros((len(widths), 28, canvas, 1), np.uint8)
    for image, width in zip(images, widths, strict=True):
        blots = np.random.default_rng([seed, width]).choice([0, 80, 255], (4, width // 7 + 1))
        image[:, :width, 0] = np.kron(blots, np.ones((7, 7)))[:, :width]
    return images


def trained(model: keras.Model, objective: Objective) -> keras.Model:
    """Makes the model for training, with images, widths and labels as inputs."""
    labels = keras.Input((None,), dtype="int32")
    return keras.Model([*model.inputs, labels], objective.logits(model, *model.inputs, labels))


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * float(np.std(expected)))


def test_every_model_is_described():
    assert {name: type(case.architecture) for name, case in CASES.items()} == MODELS


def test_the_inputs_and_the_output_have_the_common_shapes(case, model):
    assert [(x.name, x.shape, x.dtype) for x in model.inputs] == [
        ("images", (None, 28, None, 1), "uint8"),
        ("widths", (None,), "int32"),
    ]
    assert (model.output.shape, model.output.dtype) == ((None, case.steps, CLASSES), "float32")


def test_the_computed_frames_equal_the_length_of_the_output(architecture, framed):
    for width in (width for width in WIDTHS if architecture.frames(width) > 0):
        length = framed(ink([width], width), [width]).shape[1]
        assert length == architecture.frames(width), f"{width} px"


def test_frames_accepts_a_number_or_an_array(architecture):
    widths = np.array(WIDTHS, np.int32)
    frames = architecture.frames(widths)
    assert frames.dtype == np.int32
    assert frames.tolist() == [architecture.frames(width) for width in WIDTHS]
    assert np.all(np.diff(frames[:-1]) >= 0)


def test_a_line_of_one_glyph_has_a_frame(architecture):
    assert architecture.frames(28) >= 1


def test_the_logits_of_a_line_do_not_depend_on_the_batch(logits):
    images = ink([60, 61, 62], 128)
    together = logits(images, [60, 61, 62])
    assert together.shape[0] == 3
    for i in range(3):
        assert_close(logits(images[i : i + 1], [60 + i]), together[i : i + 1])
    assert np.std(together[0] - together[1]) > 100 * TOLERANCE * np.std(together)


def test_a_line_reads_the_same_alone_and_in_a_wider_batch(case, architecture, logits):
    for width in (28, 75, 96, 121):
        count = case.steps or architecture.frames(width)
        alone = logits(ink([width], width + architecture.margin), [width])[0, :count]
        for more in (1, 7, 32, 150):
            widths = [width, width + more, 28]
            among = logits(ink(widths, width + more + architecture.margin), widths)[0, :count]
            assert_close(among, alone)


@pytest.mark.parametrize("height", [17, 48])
def test_a_line_of_another_height_reads_the_same_on_a_wider_canvas(case, architecture, height, randomise):
    model = replace(architecture, height=height).build(CLASSES)
    randomise(model)
    count = case.steps or architecture.frames(90)
    images = np.zeros((1, height, 90 + 2 * architecture.margin + 13, 1), np.uint8)
    images[:, :, :90] = np.random.default_rng(0).choice([0, 80, 255], (1, height, 90, 1))
    wide = model([images, np.array([90])])[0, :count]
    narrow = model([images[:, :, : 90 + architecture.margin], np.array([90])])[0, :count]
    assert len(narrow) == count
    assert_close(narrow, wide)


def test_a_line_reads_differently_without_its_margin(architecture, framed):
    images = ink([96], 192)
    frames = architecture.frames(96)
    cut, whole = framed(images[:, :, :96], [96])[0], framed(images, [96])[0, :frames]
    difference = np.abs(cut - whole).max() / np.std(whole)
    assert difference > 30 * TOLERANCE if architecture.margin else difference < TOLERANCE


def test_a_frame_depends_on_its_window_only(case, architecture):
    # With positive weights no ReLU hides a pixel: each pixel in the receptive field increases the output.
    model = architecture.build(CLASSES)
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, 1 / np.prod(variable.shape[:-1])))
    local = keras.Model(model.inputs, model.get_layer(case.local).output)
    width = 200
    images = np.zeros((width + 1, 28, width + 80, 1), np.uint8)
    images[np.arange(width), :, np.arange(width)] = 255  # line i has ink in column i alone, the last line has none
    outputs = local.predict_on_batch([images, np.full(width + 1, width + 80)])
    outputs = outputs.reshape(width + 1, -1, outputs.shape[-1]).max(axis=2)  # (lines, T)
    for frame in range(6, 10):
        seen = np.flatnonzero(outputs[:-1, frame] > outputs[-1, frame])
        first = architecture.offset + architecture.stride * frame - case.field // 2
        assert seen.tolist() == list(range(first, first + case.field))


def test_the_margin_covers_the_window_of_the_last_frame(case, architecture):
    for width in range(28, 200):
        last = architecture.offset + architecture.stride * (architecture.frames(width) - 1)
        assert last - case.field // 2 + case.field <= width + architecture.margin


def test_a_saved_model_has_the_same_logits(model, logits, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    images = ink([90, 50], 140)
    assert_close(compiled(loaded)(images, [90, 50]), logits(images, [90, 50]))


def test_the_logits_in_bfloat16_are_close_to_those_in_float32(architecture, model):
    with dtype_policy_scope("mixed_bfloat16"):
        fast = architecture.build(CLASSES)
    fast.set_weights(model.get_weights())
    assert {variable.dtype for variable in fast.trainable_variables} == {"float32"}
    assert fast.get_layer("classes").compute_dtype == "bfloat16"
    objective = make_objective(None, architecture, LineSpec())
    inputs = [ink([90, 120], 192), np.array([90, 120], np.int32), np.array([[4, 5, 3], [6, 6, 7]], np.int32)]
    expected, found = (trained(each, objective).predict_on_batch(inputs) for each in (model, fast))
    assert found.dtype == np.float32
    error = np.sqrt(np.mean((found - expected) ** 2)) / np.std(expected)
    assert 0 < error < 0.05


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_training_step_reaches_every_weight_and_lowers_the_loss(architecture, policy, randomise):
    for name in architecture.objectives:
        objective = make_objective(name, architecture, LineSpec(max_length=3))
        check_training_step(architecture, policy, objective, randomise)


def check_training_step(architecture, policy, objective, randomise) -> None:
    dropouts = [field.name for field in fields(architecture) if field.name.endswith("dropout")]
    with dtype_policy_scope(policy):
        model = trained(replace(architecture, **dict.fromkeys(dropouts, 0.0)).build(CLASSES), objective)
    randomise(model)
    images, widths = ink([100, 130], 176), np.array([100, 130], np.int32)
    labels, lengths = np.array([[4, 5, 3], [6, 6, 7]], np.int32), np.array([2, 3], np.int32)

    def loss(training: bool) -> tf.Tensor:
        logits = model([images, widths, labels], training=training)
        losses, terms = objective.losses(logits, architecture.frames(widths), labels, lengths)
        return tf.reduce_sum(losses) / tf.reduce_sum(terms)

    with tf.GradientTape() as tape:
        before = loss(training=True)
    assert float(before) == pytest.approx(float(loss(training=False)), rel=0.05)
    gradients = tape.gradient(before, [variable.value for variable in model.trainable_variables])
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]  # an embedding's is sparse
    for gradient, variable in zip(gradients, model.trainable_variables, strict=True):
        assert np.all(np.isfinite(gradient)) and np.any(gradient != 0), variable.path
    keras.optimizers.Adam(3e-3).apply(gradients, model.trainable_variables)
    assert float(loss(training=False)) < 0.99 * float(before)


def test_dropout_applies_in_training_only(model, logits):
    images, widths = ink([100], 160), np.array([100], np.int32)
    trained = keras.ops.convert_to_numpy(model([images, widths], training=True))
    read = logits(images, widths)
    np.testing.assert_array_equal(logits(images, widths), read)
    assert np.abs(trained - read).max() > 100 * TOLERANCE * np.std(read)
