from dataclasses import dataclass

import pytest

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, LineResNet
from kerasrec_tuning.ranges import narrow
from kerasrec_tuning.space import SPACES, Choice, Span


def test_without_options_the_space_is_unchanged():
    assert narrow("line_cnn", [], []) == SPACES["line_cnn"]


@pytest.mark.parametrize(
    ("fix", "name", "value"),
    [
        ("conv_dim=40", "conv_dim", 40),
        ("lr=3e-4", "learning_rate", 3e-4),
        ("dropout=0", "dropout", 0.0),
        ("schedule=constant", "schedule", "constant"),
        ("precision=float32", "precision", "float32"),
    ],
)
def test_a_fixed_hyperparameter_has_one_value_of_its_type(fix, name, value):
    found = narrow("line_cnn", [fix], [])[name]
    assert found == Choice(value, (value,))
    assert type(found.default) is type(value)


@pytest.mark.parametrize(
    ("range_", "name", "found"),
    [
        ("lr=1e-4:3e-3", "learning_rate", Span(1e-3, 1e-4, 3e-3)),
        ("learning_rate=2e-3:8e-3", "learning_rate", Span(4e-3, 2e-3, 8e-3)),  # the default is outside, so the middle
        ("lr=1e-3:1e-3", "learning_rate", Choice(1e-3, (1e-3,))),
        ("lr=1e-3,2e-3", "learning_rate", Choice(1e-3, (1e-3, 2e-3))),
        ("batch_size=16,32,64", "batch_size", Choice(32, (16, 32, 64))),
        ("batch_size=128,64", "batch_size", Choice(128, (128, 64))),
        ("context_blocks=2:4", "context_blocks", Choice(3, (2, 3, 4))),
        ("context_blocks=5:6", "context_blocks", Choice(5, (5, 6))),
        ("weight_decay=1e-3:1e-1", "weight_decay", Span(0.01, 1e-3, 1e-1)),
        ("precision=bfloat16,float32", "precision", Choice("bfloat16", ("bfloat16", "float32"))),
    ],
)
def test_a_range(range_, name, found):
    space = narrow("line_resnet", [], [range_])
    assert space[name] == found or (space[name].low, space[name].high) == (found.low, found.high)
    assert getattr(space[name], "default", None) == pytest.approx(found.default)
    assert {other: each for other, each in space.items() if other != name} == {
        other: each for other, each in SPACES["line_resnet"].items() if other != name
    }


@pytest.mark.parametrize(
    ("fixed", "ranges", "message"),
    [
        (["with=3"], [], r"line_resnet has no hyperparameter 'with' to search; it has width, context_dim"),
        ([], ["lstm_dim=1,2"], "line_resnet has no hyperparameter 'lstm_dim'"),
        (["width"], [], "--fix takes NAME=VALUE, such as batch_size=32, but got 'width'"),
        ([], ["lr"], "--range takes NAME=LOW:HIGH or .* but got 'lr'"),
        (["width=wide"], [], "width needs a whole number like 32, not 'wide'"),
        (["width=32.5"], [], "width needs a whole number like 32, not '32.5'"),
        (["lr=quick"], [], "learning_rate needs a number like 0.001, not 'quick'"),
        (["lr=nan"], [], "learning_rate needs a finite number like 0.001, not 'nan'"),
        (["schedule=linear"], [], "schedule must be one of constant, cosine, one_cycle, but is 'linear'"),
        ([], ["schedule=a:b"], "schedule must be one of"),
        (
            [],
            ["schedule=constant:cosine"],
            "schedule is not a number, so list its values: schedule=constant,",
        ),
        ([], ["width=1:100000000"], "The range 1:100000000 has more than 1,000 whole numbers"),
        ([], ["lr=3e-3:1e-4"], "The range of learning_rate is empty: 0.003 is above 0.0001. Swap the two"),
        ([], ["lr="], "The range of learning_rate is empty"),
        ([], ["batch_size=32,32"], "has a value twice: 32,32"),
        ([], ["lr=0:1e-3"], "The range of learning_rate starts at 0, .* Start above 0"),
        (["width=32"], ["width=16,32"], "width is given twice, last by --range width=16,32"),
        (["lr=1e-3", "learning_rate=1e-3"], [], "learning_rate is given twice"),
    ],
)
def test_invalid_options_are_refused(fixed, ranges, message):
    with pytest.raises(UsageError, match=message):
        narrow("line_resnet", fixed, ranges)


def test_an_unknown_model_is_refused():
    with pytest.raises(UsageError, match="There is no model 'resnet'. Choose one of line_cnn_simple, line_cnn,"):
        narrow("resnet", [], [])


def test_booleans_and_texts_of_an_own_architecture_are_parsed(monkeypatch):
    @dataclass(frozen=True)
    class Own(LineResNet):
        residual: bool = True
        activation: str = "relu"

    monkeypatch.setitem(MODELS, "own", Own)
    space = narrow("own", ["residual=false"], ["activation=relu,gelu"])
    assert space["residual"] == Choice(False, (False,))
    assert space["activation"] == Choice("relu", ("relu", "gelu"))
    with pytest.raises(UsageError, match="residual must be true or false, but is 'no'"):
        narrow("own", ["residual=no"], [])
