import re
from dataclasses import dataclass

import keras
import pytest

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, Architecture, LineResNet, line_inputs, model_name, register_architecture
from kerasrec.models.registry import check_model


@pytest.fixture(autouse=True)
def restore_models():
    """Removes the architectures that a test registers."""
    before = dict(MODELS)
    yield
    MODELS.clear()
    MODELS.update(before)


def define(name: str = "Own", frozen: bool = True, base: type = Architecture, **members: object) -> type:
    """Defines a user's architecture with a frame for each 4 pixels."""

    def build(self, classes: int) -> keras.Model:
        images, widths = line_inputs(28)
        x = keras.layers.AveragePooling2D((28, 4), padding="same")(keras.layers.Rescaling(1 / 255)(images))
        return keras.Model([images, widths], keras.layers.Dense(classes)(keras.layers.Reshape((-1, 1))(x)))

    own = {"window": 4, "stride": 4, "frames": lambda self, width: (width + 3) // 4, "build": build, **members}
    return dataclass(frozen=frozen)(type(name, (base,), {"__module__": "own", **own}))


def test_a_registered_architecture_is_found_by_its_name():
    own = register_architecture("own")(define())
    assert MODELS["own"] is own
    assert model_name(own()) == "own"
    assert model_name(LineResNet()) == "line_resnet"


def test_registering_a_class_again_replaces_it():
    register_architecture("own")(define())
    again = register_architecture("own")(define())
    assert MODELS["own"] is again


def test_a_name_of_another_class_is_rejected():
    register_architecture("own")(define("One"))
    with pytest.raises(UsageError, match=r"The name 'own' belongs to own\.One\. Choose another\."):
        register_architecture("own")(define("Two"))
    with pytest.raises(UsageError, match=r"'line_cnn' belongs to kerasrec\.models\.line_cnn\.LineCNN"):
        register_architecture("line_cnn")(define())


@pytest.mark.parametrize("name", ["", "Own", "my model", "1st", "own\n"])
def test_an_invalid_name_is_rejected(name):
    with pytest.raises(
        UsageError, match=f"must consist of lower-case letters, digits and underscores, not {re.escape(repr(name))}"
    ):
        register_architecture(name)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (define(frozen=False), "Own must be a frozen dataclass"),
        (define(base=object), "must be a subclass of kerasrec.Architecture"),
        (define(frames=Architecture.frames), "Own must define frames"),
        (define(__annotations__={"width": int}), r"Own\.width needs a default that is a number, a bool or a text"),
        (define(__annotations__={"size": tuple}, size=(2, 2)), r"Own\.size needs a default that is a number"),
        (type("Undecorated", (LineResNet,), {}), "Undecorated must be a frozen dataclass"),
    ],
)
def test_an_invalid_class_is_rejected(kind, message):
    with pytest.raises(UsageError, match=message):
        register_architecture("own")(kind)
    assert "own" not in MODELS


def test_an_unregistered_architecture_has_no_name():
    with pytest.raises(
        UsageError, match=r'Own has no name yet: put @register_architecture\("\.\.\."\) above the class'
    ):
        model_name(define()())


def test_a_model_with_fewer_frames_than_its_architecture_computes_is_rejected():
    right = register_architecture("right")(define("Right"))()
    check_model(right, right.build(5), 5)
    wrong = register_architecture("wrong")(define("Wrong", frames=lambda self, width: width // 2))()
    with pytest.raises(UsageError, match=r"wrong counts 450 frames in a line of 900 px, but .* shape \(1, 225, 5\)"):
        check_model(wrong, wrong.build(5), 5)
