from collections.abc import Callable
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import UsageError
from kerasrec.models import LineCNN, dtype_policy_scope
from kerasrec.models.line_cnn_transformer import LineCNNTransformer, teacher_forced
from kerasrec.models.positions import sine_positions

CLASSES = 9
SMALL = LineCNNTransformer(
    conv_dim=4, fc_dim=16, dim=16, layers=2, heads=2, feed_forward=24, max_length=6, dropout=0.0, cnn_dropout=0.0
)
WIDTHS = np.array([60, 90, 75, 140, 28], np.int32)
TEXTS = ([4, 5, 4, 4], [6, 7, 8, 6, 5, 4], [7], [5, 5, 8, 7, 6], [])
Read = Callable[[np.ndarray, np.ndarray], np.ndarray]


def lines(widths: np.ndarray = WIDTHS, canvas: int = 176) -> np.ndarray:
    """Draws lines of random blots (B, 28, canvas, 1); each is independent of the canvas and of the other lines."""
    images = np.zeros((len(widths), 28, canvas, 1), np.uint8)
    for image, width in zip(images, widths, strict=True):
        blots = np.random.default_rng(width).choice([0, 80, 255], (4, width // 7 + 1))
        image[:, :width, 0] = np.kron(blots, np.ones((7, 7)))[:, :width]
    return images


def reader(model: keras.Model) -> Read:
    """Compiles the model to one graph for all batches, without its variables."""
    weights = [[variable.numpy() for variable in model.trainable_variables], model.non_trainable_variables]

    @tf.function(input_signature=[tf.TensorSpec((None, 28, None, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)])
    def graph(images, widths):
        return model.stateless_call(*weights, [images, widths], training=False)[0]

    return lambda images, widths: graph(images, widths).numpy()


@pytest.fixture(scope="module")
def trained() -> tuple[keras.Model, list[float]]:
    """A model trained on one batch for 70 steps, and the loss of each step."""
    keras.utils.set_random_seed(0)
    model = replace(SMALL, position_dropout=0.0).build(CLASSES)
    forced, optimizer = teacher_forced(model), keras.optimizers.Adam(4e-3)
    targets = np.full((len(TEXTS), 7), Alphabet.PADDING, np.int32)
    for row, text in zip(targets, TEXTS, strict=True):
        row[: len(text) + 1] = [*text, Alphabet.END]
    inputs = np.concatenate([np.full((len(TEXTS), 1), Alphabet.START), targets[:, :-1]], axis=1).astype(np.int32)
    valid = targets != Alphabet.PADDING
    optimizer.build(forced.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            logits = forced([lines(), WIDTHS, inputs], training=True)
            losses = keras.ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
            loss = tf.reduce_mean(losses[valid])
        values = [variable.value for variable in forced.trainable_variables]
        optimizer.apply(tape.gradient(loss, values), forced.trainable_variables)
        return loss

    return model, [float(step()) for _ in range(70)]


@pytest.fixture(scope="module")
def read(trained) -> Read:
    return reader(trained[0])


def test_it_has_as_many_parameters_as_in_the_labs():
    model = LineCNNTransformer().build(83)
    assert model.count_params() == teacher_forced(model).count_params() == 3_773_043
    assert model.output.shape == (None, 33, 83)


def test_frames_are_those_of_the_cnn():
    ours, cnn = LineCNNTransformer(), LineCNN(window_width=20, window_stride=12)
    assert ours.frames(896) == 111
    assert (ours.window, ours.stride, ours.offset, ours.margin) == (cnn.window, cnn.stride, cnn.offset, cnn.margin)
    assert (ours.window, ours.stride, ours.offset) == (16, 8, 4)
    for width in range(28, 200):
        assert ours.frames(width) == cnn.frames(width)


def test_the_memory_has_the_frames_with_positions_and_zeros_after_them(randomise):
    model = SMALL.build(CLASSES)
    randomise(model)
    parts = keras.Model(model.inputs, [model.get_layer("classes").output, model.get_layer("memory").output])
    frames, memory = (np.array(each) for each in parts([lines(), WIDTHS]))
    expected = frames * 16**0.5 + np.array(sine_positions(frames.shape[1], 16))
    for found, wanted, count in zip(memory, expected, SMALL.frames(WIDTHS), strict=True):
        np.testing.assert_allclose(found[:count], wanted[:count], rtol=1e-5, atol=1e-5)
        assert not found[count:].any()


def test_it_can_overfit_one_batch(trained, read):
    _, losses = trained
    assert losses[0] > 1.5 and losses[-1] < 0.05
    tokens = read(lines(), WIDTHS).argmax(axis=-1)
    for line, text in zip(tokens, TEXTS, strict=True):
        rest = [Alphabet.PADDING] * (6 - len(text))
        assert line.tolist() == [*text, Alphabet.END, *rest]


def test_reading_and_training_have_the_same_logits_for_the_same_tokens(trained, read):
    found = read(lines(), WIDTHS)
    tokens = found.argmax(axis=-1)
    inputs = np.concatenate([np.full((len(WIDTHS), 1), Alphabet.START), tokens[:, :-1]], axis=1)
    expected = teacher_forced(trained[0])([lines(), WIDTHS, inputs]).numpy()
    for line, other, text in zip(found, expected, TEXTS, strict=True):
        np.testing.assert_allclose(line[: len(text) + 1], other[: len(text) + 1], rtol=1e-4, atol=1e-4)


def test_a_line_reads_the_same_alone_in_a_batch_and_on_a_wider_canvas(read):
    together = read(lines(), WIDTHS)
    for i in range(len(WIDTHS)):
        width = WIDTHS[i : i + 1]
        for canvas in (width[0] + SMALL.margin, 176, 331):
            np.testing.assert_allclose(read(lines(width, canvas), width)[0], together[i], rtol=1e-4, atol=1e-4)


def test_a_line_too_narrow_for_a_frame_reads_the_same_on_every_canvas(read):
    width = np.array([5], np.int32)
    assert SMALL.frames(5) == 0
    np.testing.assert_allclose(read(lines(width, 40), width), read(lines(width, 100), width), rtol=1e-4, atol=1e-4)


def test_both_models_share_their_weights(trained):
    model, forced = trained[0], teacher_forced(trained[0])
    assert [id(weight) for weight in forced.weights] == [id(weight) for weight in model.weights]
    assert [id(each) for each in forced.trainable_variables] == [id(each) for each in model.trainable_variables]


def test_a_saved_model_reads_the_same_and_can_be_trained_further(trained, read, tmp_path):
    trained[0].save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(reader(loaded)(lines(), WIDTHS), read(lines(), WIDTHS))
    inputs = [lines(), WIDTHS, np.ones((5, 3), np.int32)]
    np.testing.assert_array_equal(teacher_forced(loaded)(inputs), teacher_forced(trained[0])(inputs))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_it_reads_the_same_text_in_half_precision(trained, read, policy):
    with dtype_policy_scope(policy):
        fast = SMALL.build(CLASSES)
    fast.set_weights(trained[0].get_weights())
    found, expected = reader(fast)(lines(), WIDTHS), read(lines(), WIDTHS)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.argmax(axis=-1), expected.argmax(axis=-1))
    assert 0 < np.abs(found - expected).max() < 0.5


def test_the_largest_values_do_not_overflow_in_float16():
    with dtype_policy_scope("mixed_float16"):
        model = LineCNNTransformer(max_length=3).build(83)
    images, widths = np.full((2, 28, 128, 1), 255, np.uint8), np.array([90, 28], np.int32)
    assert np.all(np.isfinite(model([images, widths])))
    assert np.all(np.isfinite(teacher_forced(model)([images, widths, np.ones((2, 4), np.int32)])))


@pytest.mark.parametrize(("tokens", "steps"), [(True, 33), (False, 31)])
def test_steps_have_room_for_the_end_or_as_in_the_labs_for_all_but_the_first_token(tokens, steps):
    architecture = replace(SMALL, max_length=32, start_end_tokens=tokens)
    assert architecture.steps == steps
    assert architecture.build(CLASSES).output.shape == (None, steps, CLASSES)


@pytest.mark.parametrize("name", ["cnn_dropout", "position_dropout", "dropout"])
def test_each_dropout_applies_in_training(name, randomise):
    model = replace(SMALL, **{"position_dropout": 0.0} | {name: 0.5}).build(CLASSES)
    randomise(model)
    forced, inputs = teacher_forced(model), [lines(), WIDTHS, np.ones((5, 3), np.int32)]
    assert np.abs(forced(inputs, training=True) - forced(inputs)).max() > 1e-3


def test_without_dropout_training_and_inference_mode_agree(trained):
    forced, inputs = teacher_forced(trained[0]), [lines(), WIDTHS, np.ones((5, 3), np.int32)]
    np.testing.assert_array_equal(forced(inputs, training=True), forced(inputs))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"heads": 3}, "dim must be an even number of features that the 3 heads can share, not 256"),
        ({"dim": 9, "heads": 3}, "dim must be an even .* 3 heads can share, not 9"),
        ({"dim": 0}, "dim must be .* not 0"),
        ({"layers": 0}, "layers must be at least 1, not 0"),
        ({"heads": 0}, "heads must be at least 1, not 0"),
        ({"feed_forward": -1}, "feed_forward must be at least 1, not -1"),
        ({"dropout": 1.0}, r"dropout must be at least 0 and below 1, not 1\.0"),
        ({"cnn_dropout": -0.5}, r"cnn_dropout must be at least 0 and below 1, not -0\.5"),
        ({"position_dropout": 2.0}, r"position_dropout must be at least 0 and below 1, not 2\.0"),
        ({"max_length": 0}, "max_length must be at least 1, not 0"),
        ({"max_length": 1, "start_end_tokens": False}, "max_length must be at least 2, not 1"),
        ({"window_stride": 3}, "window_stride must be at least 8 px, .* not 3"),
        ({"conv_dim": 0}, "conv_dim must be at least 1, not 0"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineCNNTransformer(**setting)


def test_settings_survive_saving():
    assert LineCNNTransformer(**asdict(SMALL)) == SMALL
