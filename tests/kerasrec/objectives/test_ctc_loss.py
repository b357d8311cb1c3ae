"""The loss and its gradient against enumerated alignments, and the two implementations against each other."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.objectives import ctc_loss as ctc
from kerasrec.objectives import ctc_sparse

PATHS = ("sparse", "reference")


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with both implementations."""
    monkeypatch.setattr(ctc_sparse, "is_available", lambda: request.param == "sparse")
    return request.param


def enumerate_loss(logits: np.ndarray, label: list[int]) -> tuple[float, np.ndarray]:
    """Computes the loss and its gradient (T, K) from all K^T alignments of one line, in float64."""
    frames, classes = logits.shape
    probs = np.exp(logits.astype(np.float64))
    probs /= probs.sum(axis=1, keepdims=True)
    total, posterior = 0.0, np.zeros((frames, classes))
    for alignment in itertools.product(range(classes), repeat=frames):
        if [token for token, _ in itertools.groupby(alignment) if token != 0] == label:
            p = np.prod(probs[np.arange(frames), alignment])
            total += p
            posterior[np.arange(frames), alignment] += p
    return -np.log(total), probs - posterior / total


def loss_and_gradient(labels, logits, lengths, frames) -> tuple[np.ndarray, np.ndarray]:
    """Computes the losses (B,) and the gradient (B, T, K) of their sum."""
    logits = tf.convert_to_tensor(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = ctc.ctc_loss(labels, logits, lengths, frames)
    return loss.numpy(), tape.gradient(loss, logits).numpy()


def random_batch(lines: int = 24, steps: int = 14, classes: int = 6, length: int = 9) -> tuple[np.ndarray, ...]:
    """Draws lines with repeats, empty labels and varying numbers of frames, too few in about a quarter of them."""
    rng = np.random.default_rng(7)
    lengths = rng.integers(0, length + 1, lines).astype(np.int32)
    lengths[:2] = 0
    labels = rng.integers(1, classes, (lines, length)).astype(np.int32)
    labels[np.arange(length) >= lengths[:, None]] = 3
    logits = rng.normal(0, 3, (lines, steps, classes)).astype(np.float32)
    return labels, logits, lengths, rng.integers(4, steps + 1, lines).astype(np.int32)


def test_the_loss_of_a_small_case(path):
    # Uniform over 3 tokens and 2 frames: "1" has the alignments 11, 1-, -1; "12" has 12; nothing has --.
    losses, _ = loss_and_gradient([[1, 3], [1, 2], [3, 3]], np.zeros((3, 2, 3), np.float32), [1, 2, 0], [2, 2, 2])
    np.testing.assert_allclose(losses, -np.log(np.array([3, 1, 1]) / 9), rtol=1e-6)


@pytest.mark.parametrize("label", [[], [1], [3], [1, 1], [1, 2], [2, 1, 2], [1, 1, 2], [3, 2, 1, 3]], ids=str)
def test_the_loss_and_its_gradient_equal_the_enumerated_ones(path, label):
    logits = np.random.default_rng(len(label)).normal(0, 2, (1, 4, 4)).astype(np.float32)
    loss, gradient = loss_and_gradient([[*label, 3]], logits, [len(label)], [4])
    expected_loss, expected_gradient = enumerate_loss(logits[0], label)
    np.testing.assert_allclose(loss[0], expected_loss, atol=1e-5)
    np.testing.assert_allclose(gradient[0], expected_gradient, atol=1e-5)


def test_invalid_frames_have_no_effect(path):
    logits = np.random.default_rng(0).normal(0, 2, (1, 4, 4)).astype(np.float32)
    loss, gradient = loss_and_gradient([[1, 2]], logits, [2], [3])
    expected_loss, expected_gradient = enumerate_loss(logits[0, :3], [1, 2])
    np.testing.assert_allclose(loss[0], expected_loss, atol=1e-5)
    np.testing.assert_allclose(gradient[0, :3], expected_gradient, atol=1e-5)
    assert np.all(gradient[0, 3] == 0)


def test_both_implementations_agree_on_a_random_batch(monkeypatch):
    batch, found = random_batch(), {}
    assert 3 <= np.sum(~ctc.is_feasible(batch[0], batch[2], batch[3]).numpy()) <= 12
    for name in PATHS:
        monkeypatch.setattr(ctc_sparse, "is_available", lambda name=name: name == "sparse")
        found[name] = loss_and_gradient(*batch)
    np.testing.assert_allclose(*(found[name][0] for name in PATHS), atol=1e-4)
    np.testing.assert_allclose(*(found[name][1] for name in PATHS), atol=1e-4)


def test_infeasible_lines_have_neither_loss_nor_gradient(path):
    labels, logits, lengths, frames = random_batch()
    losses, gradient = loss_and_gradient(labels, logits, lengths, frames)
    fits = ctc.is_feasible(labels, lengths, frames).numpy()
    assert np.all(losses[fits] > 0)
    assert np.all(losses[~fits] == 0)
    assert np.all(gradient[~fits] == 0)
    assert np.isfinite(gradient).all()


def test_a_batch_of_infeasible_lines_only(path):
    losses, gradient = loss_and_gradient([[1, 1]], np.ones((1, 2, 3), np.float32), [2], [2])
    assert losses.tolist() == [0.0]
    assert np.all(gradient == 0)


@pytest.mark.parametrize("label", [[], [1]])
def test_a_line_without_frames_has_no_loss(path, label):
    losses, gradient = loss_and_gradient([[*label, 3]], np.ones((1, 2, 3), np.float32), [len(label)], [0])
    assert losses.tolist() == [0.0]
    assert np.all(gradient == 0)


def test_the_sparse_kernel_is_exact_where_the_dense_formula_saturates(monkeypatch):
    monkeypatch.setattr(ctc_sparse, "is_available", lambda: True)
    # A model that predicts blanks only; the only alignment of 60 repeats in 119 frames alternates with the blank.
    logits = np.zeros((1, 119, 3), np.float32)
    logits[..., 0] = 15.0
    loss, gradient = loss_and_gradient(np.ones((1, 60)), logits, [60], [119])
    rest = 119 * np.log(1 + 2 * np.exp(-15.0))
    np.testing.assert_allclose(loss, [60 * 15 + rest], rtol=1e-6)
    np.testing.assert_allclose(gradient[0, ::2, 1], np.exp(-15) - 1, atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_one_graph_works_for_all_shapes(compiled):
    # XLA has no sparse kernel, so the compiled function only runs with the fallback.
    shapes = [[None, None], [None, None, None], [None], [None]]
    specs = [tf.TensorSpec(s, t) for s, t in zip(shapes, ["int32", "float32", "int32", "int32"], strict=True)]
    graph = tf.function(loss_and_gradient_in_graph, input_signature=None if compiled else specs, jit_compile=compiled)
    batch = random_batch()
    for lines, columns in ((24, 9), (5, 9), (1, 0)):
        cut = [tf.constant(a) for a in (batch[0][:lines, :columns], *(a[:lines] for a in batch[1:]))]
        for got, expected in zip(graph(*cut), loss_and_gradient(*cut), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-4)


def loss_and_gradient_in_graph(labels, logits, lengths, frames):
    """Computes the same as `loss_and_gradient`, as tensors."""
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = ctc.ctc_loss(labels, logits, lengths, frames)
    return loss, tape.gradient(loss, logits)


@pytest.mark.parametrize(
    ("label", "length", "needed"), [([4, 5, 6], 3, 3), ([4, 4, 4], 3, 5), ([4, 3, 3], 1, 1), ([3, 3, 3], 0, 0)]
)
def test_required_frames_counts_repeats_within_the_length(label, length, needed):
    assert ctc.required_frames([label], [length]).numpy().tolist() == [needed]
    assert ctc.is_feasible([label] * 2, [length] * 2, [needed, needed - 1]).numpy().tolist() == [True, False]
