import keras
import numpy as np
import pytest

from kerasrec.objectives import CTC, Autoregressive, CrossEntropy, ObjectiveLoss
from kerasrec.objectives import ctc_loss as ctc


def random_batch(lines: int = 24, frames: int = 14, length: int = 9) -> dict[str, np.ndarray]:
    """Draws lines of 6 classes; about a quarter of them have too few frames for CTC."""
    rng = np.random.default_rng(7)
    lengths = rng.integers(0, length + 1, lines).astype(np.int32)
    labels = rng.integers(1, 6, (lines, length)).astype(np.int32)
    labels[np.arange(length) >= lengths[:, None]] = 3
    return {
        "logits": rng.normal(0, 3, (lines, frames, 6)).astype(np.float32),
        "frames": rng.integers(4, frames + 1, lines).astype(np.int32),
        "labels": labels,
        "lengths": lengths,
    }


def model_of(objective) -> keras.Model:
    """Makes a model whose logits are its input, so that the losses can be computed outside of it too."""
    logits = keras.Input((None, 6), name="logits")
    frames = keras.Input((), dtype="int32", name="frames")
    labels = keras.Input((None,), dtype="int32", name="labels")
    lengths = keras.Input((), dtype="int32", name="lengths")
    scaled = keras.layers.Dense(6, use_bias=False, kernel_initializer="identity", dtype="float32")(logits)
    outputs = ObjectiveLoss(objective)(scaled, frames, labels, lengths)
    model = keras.Model([logits, frames, labels, lengths], outputs)
    model.compile(keras.optimizers.Adam(0.02))
    return model


@pytest.mark.parametrize("objective", [CTC(), CrossEntropy(9)], ids=["ctc", "cross_entropy"])
def test_the_layer_adds_the_mean_loss_and_counts_infeasible_lines(objective):
    batch = random_batch()
    needed = np.asarray(objective.required_frames(batch["labels"], batch["lengths"]))
    losses, terms = (np.asarray(each) for each in objective.losses(**batch))
    metrics = model_of(objective).evaluate(batch, batch_size=24, verbose=0, return_dict=True)
    assert metrics["loss"] == pytest.approx(losses.sum() / terms.sum(), rel=1e-5)
    assert metrics["infeasible"] == np.sum(needed > batch["frames"])


def test_a_line_without_terms_is_not_infeasible():
    objective, layer = Autoregressive(start_end_tokens=False), ObjectiveLoss(Autoregressive(start_end_tokens=False))
    labels, lengths, frames = np.array([[4, 3, 3], [5, 4, 3]], np.int32), np.array([1, 2]), np.array([9, 9])
    logits = np.zeros((2, 2, 6), np.float32)
    _, terms = objective.losses(logits, frames, labels, lengths)
    assert np.asarray(terms).tolist() == [0, 1]  # no token follows a single character
    layer(logits, frames, labels, lengths)
    assert float(layer.infeasible.result()) == 0


def test_infeasible_lines_are_counted_per_epoch():
    batch = random_batch()
    fits = np.asarray(ctc.is_feasible(batch["labels"], batch["lengths"], batch["frames"]))
    assert 0 < np.sum(~fits) < 12
    history = model_of(CTC()).fit(batch, epochs=2, batch_size=24, verbose=0).history
    assert history["infeasible"] == [np.sum(~fits)] * 2


def test_the_layer_returns_the_logits_unchanged():
    model = model_of(CTC())
    assert model.output_shape == (None, None, 6)
    np.testing.assert_array_equal(model.predict(random_batch(), verbose=0), random_batch()["logits"])


@pytest.mark.parametrize("objective", [CTC(), CrossEntropy(9)], ids=["ctc", "cross_entropy"])
def test_a_model_with_the_layer_learns(objective):
    losses = model_of(objective).fit(random_batch(), epochs=10, batch_size=24, verbose=0).history["loss"]
    assert losses[-1] < 0.85 * losses[0]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_layer_computes_in_float32_under_every_policy(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = ObjectiveLoss(CTC())
    finally:
        keras.config.set_dtype_policy(before)
    batch = random_batch()
    assert layer(**batch).dtype == "float32"
    losses, terms = (np.asarray(each) for each in CTC().losses(**batch))
    assert float(layer.losses[0]) == pytest.approx(losses.sum() / terms.sum(), rel=1e-6)
