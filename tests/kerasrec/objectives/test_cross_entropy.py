import re

import numpy as np
import pytest
from keras import ops

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, LineCNN, LineCNNLSTM, LineCNNSimple, LineResNet
from kerasrec.objectives import CrossEntropy
from kerasrec.spec import LineSpec

FIXED = LineSpec(fixed_width=True)


def test_the_loss_includes_every_position_and_padding():
    rng = np.random.default_rng(0)
    labels = np.array([[4, 5, 3, 3], [3, 3, 3, 3]], np.int32)
    logits = rng.normal(size=(2, 6, 7)).astype(np.float32)  # the last two outputs are cut off
    losses, terms = CrossEntropy(4).losses(logits, np.array([6, 6]), labels, np.array([2, 0]))
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = [-sum(log_probs[i, t, labels[i, t]] for t in range(4)) for i in range(2)]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert np.asarray(terms).tolist() == [4, 4]


def test_outputs_after_the_last_position_are_ignored():
    assert np.asarray(CrossEntropy(4).output_lengths(np.zeros((2, 6, 7), np.float32), np.array([6, 3]))).tolist() == [
        4,
        3,
    ]


def test_a_line_needs_a_frame_for_each_position():
    needed = CrossEntropy(4).required_frames(np.zeros((2, 4), np.int32), np.array([0, 3], np.int32))
    assert np.asarray(needed).tolist() == [4, 4]


def test_as_many_outputs_as_positions_are_accepted():
    architecture = LineCNN(window_width=24, window_stride=28)
    assert architecture.frames(FIXED.canvas_width) == 37
    CrossEntropy(37).check(architecture, FIXED)


def test_more_outputs_than_positions_raise_unless_they_may_be_cut_off():
    objective, architecture = CrossEntropy.of(LineCNN(), FIXED), LineCNN()
    message = "The model has 55 outputs for labels of 32 positions. Cut off the others with --limit-output-length"
    with pytest.raises(UsageError, match=re.escape(message)):
        objective.check(architecture, FIXED)
    objective.check(architecture, FIXED, limit_output_length=True)


def test_fewer_outputs_than_positions_raise():
    message = "The model has 28 outputs for labels of 32 positions. Reduce its window_stride, which is 32 px"
    with pytest.raises(UsageError, match=message):
        CrossEntropy(32).check(LineCNN(window_stride=32), FIXED, limit_output_length=True)


def test_lines_without_a_fixed_width_are_rejected():
    with pytest.raises(UsageError, match="--fixed-width"):
        CrossEntropy(32).check(LineCNN(), LineSpec(), limit_output_length=True)


LOCAL = [LineCNN(4, 8, window_stride=20), LineCNNSimple(4, 8, window_stride=20)]
WITH_CONTEXT = [LineCNNLSTM(4, 8, lstm_dim=8), LineResNet(4, context_dim=16)]


def test_every_model_is_described():
    expected = [kind for kind in MODELS.values() if "cross_entropy" in kind.objectives]
    assert {type(architecture) for architecture in LOCAL + WITH_CONTEXT} == set(expected)


@pytest.mark.parametrize("architecture", LOCAL + WITH_CONTEXT)
def test_training_and_reading_compute_the_same_logits(architecture, randomise):
    model = architecture.build(6)
    randomise(model)
    shape = (2, 28, FIXED.canvas_width + architecture.margin, 1)
    images = ops.convert_to_tensor(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    widths, labels = ops.full((2,), FIXED.canvas_width, "int32"), ops.full((2, 32), 4, "int32")
    trained = CrossEntropy.of(architecture, FIXED).logits(model, images, widths, labels)
    read = model([images, widths])
    np.testing.assert_allclose(trained[:, :32], read[:, :32], atol=1e-5)


@pytest.mark.parametrize("architecture", LOCAL)
def test_columns_that_affect_no_position_are_not_computed(architecture):
    images = ops.zeros((2, 28, FIXED.canvas_width + architecture.margin, 1), "uint8")
    widths, labels = ops.full((2,), FIXED.canvas_width, "int32"), ops.full((2, 32), 4, "int32")
    logits = CrossEntropy.of(architecture, FIXED).logits(architecture.build(6), images, widths, labels)
    assert 32 <= logits.shape[1] < architecture.frames(FIXED.canvas_width)
