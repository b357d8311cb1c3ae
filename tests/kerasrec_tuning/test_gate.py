import dataclasses

import pytest

from kerasrec.models import MODELS
from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings
from kerasrec_tuning.cost import estimate_cost
from kerasrec_tuning.gate import Gate
from kerasrec_tuning.space import SPACES, default_point


@pytest.fixture
def gate(tiny_settings, tiny_splits):
    """Makes the gate of a search for a model, with lines of one width if the model needs it."""

    def make(model="line_resnet", spec=None, **limits):
        spec = spec or LineSpec(max_length=6, fixed_width=MODELS[model].fixed_width)
        train = dataclasses.replace(tiny_settings().train, model=model, spec=spec)
        settings = tiny_settings(train=train, space=SPACES[model], **limits)
        return Gate(settings, tiny_splits(settings))

    return make


@pytest.mark.parametrize("model", MODELS)
def test_the_default_passes(gate, model):
    assert gate(model).refuse(default_point(SPACES[model])) is None


def test_frames_that_cannot_hold_the_labels_are_refused(gate):
    point = default_point(SPACES["line_cnn"])
    reason = gate("line_cnn").refuse(point | {"window_stride": 80})
    assert "frames" in reason and "at 168 px the model has" in reason


def test_a_window_wider_than_all_lines_is_refused(gate):
    reason = gate("line_cnn").refuse(default_point(SPACES["line_cnn"]) | {"window_width": 400})
    assert "windows of 400 px, but the widest line has only 168 px" in reason


def test_an_invalid_value_is_refused(gate):
    assert "context_kernel must be odd" in gate().refuse(default_point(SPACES["line_resnet"]) | {"context_kernel": 4})


@pytest.mark.parametrize(
    ("limit", "what"),
    [
        ({"max_parameters": 2_000_000}, r"It needs 2,\d\d\d,\d\d\d parameters, above --max-parameters 2,000,000."),
        ({"max_mflops": 100.0}, r"It needs \d\d\d Mflops for a line of 168 px, above --max-mflops 100."),
        ({"max_memory_mb": 50.0}, r"It needs \d+ MB of memory for training, above --max-memory 50."),
    ],
)
def test_a_point_that_is_too_large_is_refused(gate, limit, what):
    import re

    large, small = default_point(SPACES["line_resnet"]), {"width": 8, "context_dim": 16, "context_blocks": 1}
    reason = gate(**limit).refuse(large)
    assert re.fullmatch(what, reason), reason
    assert gate(**limit).refuse(large | small | {"batch_size": 1}) is None


def test_the_limits_agree_with_the_cost(gate):
    cost = estimate_cost(MODELS["line_resnet"](), 3 + 4, 168, 32)
    limits = {"max_parameters": cost.parameters, "max_mflops": cost.mflops, "max_memory_mb": cost.memory_mb}
    point = default_point(SPACES["line_resnet"])
    classes = len(gate().splits.alphabet)
    assert classes == 7
    assert gate(**limits).refuse(point) is None
    assert gate(**limits | {"max_parameters": cost.parameters - 1}).refuse(point) is not None
    assert gate(**limits | {"max_memory_mb": cost.memory_mb}).refuse(point | {"batch_size": 64}) is not None


def test_the_lines_of_the_search_are_checked(gate):
    tight = gate("line_cnn", spec=LineSpec(max_length=6, max_overlap=0.9, min_overlap=0.9))
    assert "Lower --max-overlap" in tight.refuse(default_point(SPACES["line_cnn"]))


def test_the_settings_of_train_stay_unchanged(gate):
    made = gate()
    made.refuse(default_point(SPACES["line_resnet"]))
    assert made.settings.train.hyperparameters == TrainSettings().hyperparameters
