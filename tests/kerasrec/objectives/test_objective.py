"""What all objectives have in common."""

import re

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, LineCNN
from kerasrec.objectives import OBJECTIVES, Autoregressive, CrossEntropy, make_objective
from kerasrec.spec import LineSpec

SPEC = LineSpec(max_length=5)
LABELS, LENGTHS, FRAMES = np.array([[4, 5, 6, 3, 3]] * 2, np.int32), np.array([3, 3], np.int32), np.array([6, 6])


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    return OBJECTIVES[request.param](LineCNN(), SPEC)


def test_every_valid_logit_has_a_gradient(objective):
    logits = tf.Variable(np.random.default_rng(1).normal(size=(2, 6, 8)).astype(np.float32))
    with tf.GradientTape() as tape:
        losses, terms = objective.losses(logits, FRAMES, LABELS, LENGTHS)
        loss = tf.reduce_sum(losses) / tf.reduce_sum(terms)
    gradient = tape.gradient(loss, logits).numpy()
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient[:, :4]).max(axis=(1, 2)) > 1e-3).all()


def test_a_confident_and_correct_model_has_almost_no_loss(objective):
    ids = [4, 5, 6, 3, 3, 3] if isinstance(objective, CrossEntropy) else [4, 5, 6, 0, 0, 0]
    ids = [4, 5, 6, 2, 3, 3] if isinstance(objective, Autoregressive) else ids
    logits = np.tile(30 * np.eye(8, dtype=np.float32)[ids], (2, 1, 1))
    losses, _ = objective.losses(logits, FRAMES, LABELS, LENGTHS)
    assert np.asarray(losses) == pytest.approx(0, abs=1e-4)


def test_output_lengths_are_the_same_eagerly_and_in_a_graph(objective):
    log_probs = np.log(np.random.default_rng(2).dirichlet(np.ones(8), (2, 6))).astype(np.float32)
    lengths = tf.function(objective.output_lengths)(tf.constant(log_probs), tf.constant([6, 4]))
    assert lengths.numpy().tolist() == np.asarray(objective.output_lengths(log_probs, np.array([6, 4]))).tolist()
    assert lengths.dtype == tf.int32


@pytest.mark.parametrize("name", MODELS)
def test_the_first_objective_of_a_model_is_its_default(name):
    architecture = MODELS[name]()
    assert set(architecture.objectives) <= set(OBJECTIVES)
    first = OBJECTIVES[architecture.objectives[0]](architecture, SPEC)
    assert make_objective(None, architecture, SPEC) == first


@pytest.mark.parametrize("name", ["autoregressive", "hinge"])
def test_an_unsupported_objective_is_rejected(name):
    message = f"line_cnn cannot be trained with '{name}'. Use ctc or cross_entropy."
    with pytest.raises(UsageError, match=re.escape(message)):
        make_objective(name, LineCNN(), SPEC)
