"""The same tests for every character model."""

import keras
import numpy as np
import pytest

from kerasrec.models import dtype_policy_scope
from kerasrec.models.characters import (
    CHARACTER_MODELS,
    CharacterArchitecture,
    CharacterCNN,
    CharacterMLP,
    CharacterResNet,
)

CLASSES = 11
SMALL = {
    "character_mlp": CharacterMLP(fc1_dim=32, fc2_dim=16, dropout=0.0),
    "character_cnn": CharacterCNN(conv_dim=4, fc_dim=16, dropout=0.0),
    "character_resnet": CharacterResNet(conv_dim=4, fc_dim=16, dropout=0.0),
}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), np.uint8)


@pytest.fixture(scope="module", params=SMALL)
def architecture(request: pytest.FixtureRequest) -> CharacterArchitecture:
    return SMALL[request.param]


@pytest.fixture(scope="module")
def model(architecture) -> keras.Model:
    keras.utils.set_random_seed(0)
    return architecture.build(CLASSES)


def test_every_model_is_described():
    assert {name: type(architecture) for name, architecture in SMALL.items()} == CHARACTER_MODELS


def test_the_inputs_and_the_output_have_the_common_shapes(model):
    assert [(x.name, x.shape, x.dtype) for x in model.inputs] == [("images", (None, 28, 28, 1), "uint8")]
    assert (model.output.shape, model.output.dtype) == ((None, CLASSES), "float32")
    assert isinstance(model.layers[1], keras.layers.Rescaling)


def test_the_logits_of_an_image_do_not_depend_on_the_batch(model):
    together = np.asarray(model(IMAGES, training=False))
    for i in range(3):
        np.testing.assert_allclose(model(IMAGES[i : i + 1], training=False)[0], together[i], rtol=1e-4, atol=1e-4)
    assert np.std(together[0] - together[1]) > 0.01 * np.std(together)


def test_a_saved_model_has_the_same_logits(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(IMAGES, training=False), model(IMAGES, training=False), rtol=1e-5, atol=1e-5)


def test_the_logits_in_bfloat16_are_close_to_those_in_float32(architecture, model):
    with dtype_policy_scope("mixed_bfloat16"):
        fast = architecture.build(CLASSES)
    fast.set_weights(model.get_weights())
    assert {variable.dtype for variable in fast.trainable_variables} == {"float32"}
    expected, found = (np.asarray(each(IMAGES, training=False)) for each in (model, fast))
    assert found.dtype == np.float32
    assert 0 < np.sqrt(np.mean((found - expected) ** 2)) / np.std(expected) < 0.05


def test_training_updates_every_weight_and_can_overfit_eight_images(architecture):
    keras.utils.set_random_seed(0)
    model = architecture.build(CLASSES)
    before = [weight.copy() for weight in model.get_weights()]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), loss, metrics=["accuracy"])
    history = model.fit(IMAGES, np.arange(8), epochs=40, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert all(np.any(old != new) for old, new in zip(before, model.get_weights(), strict=True))
    assert history["accuracy"][-1] == 1
