import keras
import numpy as np
import pytest

from kerasrec.models import LineCNN, LineCNNLSTM, LineResNet, dtype_policy_scope
from kerasrec.models.compiled import compile_reader

MODELS = [
    LineCNN(conv_dim=2, fc_dim=4),
    LineCNNLSTM(conv_dim=2, fc_dim=4, lstm_dim=3),
    LineResNet(width=2, context_dim=4, context_blocks=1),
]


def batch(lines: int, canvas: int) -> tuple[np.ndarray, np.ndarray]:
    images = np.random.default_rng(0).integers(0, 256, (lines, 28, canvas, 1), np.uint8)
    return images, np.arange(canvas - lines, canvas, dtype=np.int32)


def expected(model: keras.Model, images: np.ndarray, widths: np.ndarray) -> np.ndarray:
    logits = model([images, widths], training=False).numpy().astype(np.float64)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("architecture", MODELS, ids=lambda architecture: type(architecture).__name__)
def test_it_returns_the_log_probabilities_of_the_model(architecture, randomise):
    model = architecture.build(7)
    randomise(model)
    read = compile_reader(model)
    for lines, canvas in ((1, 64), (3, 101)):
        images, widths = batch(lines, canvas)
        found = read(images, widths, 1.0)
        assert (type(found), found.dtype) == (np.ndarray, np.float32)
        np.testing.assert_allclose(found, expected(model, images, widths), rtol=1e-4, atol=1e-4)


def test_it_uses_the_current_weights_of_the_model(randomise):
    model = MODELS[0].build(7)
    randomise(model, 1)
    images, widths = batch(2, 64)
    read = compile_reader(model)
    before = read(images, widths, 1.0)
    randomise(model, 2)
    after = read(images, widths, 1.0)
    assert np.abs(after - before).max() > 0.1
    np.testing.assert_allclose(after, expected(model, images, widths), rtol=1e-4, atol=1e-4)


def test_a_temperature_divides_the_logits(randomise):
    model = MODELS[0].build(7)
    randomise(model)
    images, widths = batch(2, 64)
    logits = 2 * expected(model, images, widths)
    np.testing.assert_allclose(
        compile_reader(model)(images, widths, 0.5),
        logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)),
        rtol=1e-4,
        atol=1e-4,
    )


def test_the_log_probabilities_of_a_bfloat16_model_are_float32_and_sum_to_1(randomise):
    with dtype_policy_scope("mixed_bfloat16"):
        model = MODELS[2].build(7)
    randomise(model)
    found = compile_reader(model)(*batch(2, 64), 1.0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.exp(found).sum(axis=-1), 1, rtol=1e-5)
