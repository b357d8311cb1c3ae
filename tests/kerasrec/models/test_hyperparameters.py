import dataclasses

import pytest

from kerasrec.models import MODELS, LineCNN, LineCNNLSTM
from kerasrec.models.hyperparameters import Hyperparameter, list_hyperparameters


def test_name_default_and_meaning_come_from_the_class():
    first = list_hyperparameters(LineCNN)[0]
    meaning = "Channels of the first convolutions; the last have four times as many."
    assert first == Hyperparameter("conv_dim", 32, meaning)


def test_inherited_hyperparameters_come_first_and_keep_their_meaning():
    inherited, own = list_hyperparameters(LineCNN), list_hyperparameters(LineCNNLSTM)
    assert own[: len(inherited)] == inherited
    assert [each.name for each in own[len(inherited) :]] == ["lstm_dim", "lstm_layers"]


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_every_hyperparameter_of_every_model_is_documented(kind):
    found = list_hyperparameters(kind)
    assert [each.name for each in found] == [field.name for field in dataclasses.fields(kind)]
    assert all(each.meaning.endswith(".") for each in found)


def test_a_meaning_of_several_lines_becomes_one():
    @dataclasses.dataclass
    class Model:
        """A model.

        Attributes:
            size: The size
                of it.
            depth: The depth.

        Something else: this is not an attribute.
        """

        size: int = 3
        depth: int = 2

    assert [each.meaning for each in list_hyperparameters(Model)] == ["The size of it.", "The depth."]


def test_an_undocumented_hyperparameter_has_an_empty_meaning():
    @dataclasses.dataclass
    class Model:
        """A model."""

        size: int = 3

    assert list_hyperparameters(Model) == [Hyperparameter("size", 3, "")]
