import numpy as np

from kerasrec.models.characters import CharacterMLP


def test_it_has_as_many_parameters_as_in_the_labs():
    assert CharacterMLP().build(62).count_params() == (784 + 1) * 1024 + (1024 + 1) * 128 + (128 + 1) * 62


def test_the_logits_equal_plain_numpy(randomise):
    model = CharacterMLP(fc1_dim=7, fc2_dim=5).build(6)
    randomise(model)
    weights = [weight.astype(np.float64) for weight in model.get_weights()]
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    x = np.maximum(image.ravel() / 255 @ weights[0] + weights[1], 0)
    x = np.maximum(x @ weights[2] + weights[3], 0)
    np.testing.assert_allclose(model(image[None, ..., None])[0], x @ weights[4] + weights[5], rtol=1e-4, atol=1e-5)
