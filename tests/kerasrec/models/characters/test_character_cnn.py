import numpy as np
import pytest

from kerasrec.models.characters import CharacterCNN


@pytest.mark.parametrize(("classes", "parameters"), [(10, 1_644_618), (62, 1_651_326), (83, 1_654_035)])
def test_it_has_as_many_parameters_as_in_the_labs(classes, parameters):
    assert CharacterCNN().build(classes).count_params() == parameters


def test_the_logits_equal_plain_numpy(randomise, plain_conv):
    model = CharacterCNN(conv_dim=2, fc_dim=5).build(6)
    randomise(model)
    weights = [weight.astype(np.float64) for weight in model.get_weights()]
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    x = np.maximum(plain_conv(image[..., None] / 255, *weights[:2], zeros=(1, 1)), 0)
    x = np.maximum(plain_conv(x, *weights[2:4], zeros=(1, 1)), 0)
    x = x.reshape(14, 2, 14, 2, 2).max(axis=(1, 3)).ravel()
    x = np.maximum(x @ weights[4] + weights[5], 0)
    np.testing.assert_allclose(model(image[None, ..., None])[0], x @ weights[6] + weights[7], rtol=1e-4, atol=1e-5)
