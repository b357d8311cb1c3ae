import keras
import numpy as np
import pytest

from kerasrec.models.characters import CharacterResNet


@pytest.mark.parametrize(("blocks", "side", "channels"), [(1, 14, 2), (2, 7, 4), (3, 7, 4), (5, 7, 4)])
def test_the_first_two_blocks_halve_the_image(blocks, side, channels):
    model = CharacterResNet(conv_dim=2, fc_dim=3, blocks=blocks).build(10)
    assert model.get_layer(f"block{blocks}_relu2").output.shape == (None, side, side, channels)
    kinds = [type(layer) for layer in model.layers]
    assert keras.layers.MaxPooling2D not in kinds
    assert kinds.count(keras.layers.BatchNormalization) == 1 + 2 * blocks + min(blocks, 2)


def test_a_block_adds_to_its_input():
    # If the last normalisation of a block returns 0, only the shortcut is left.
    model = CharacterResNet(conv_dim=2, fc_dim=3, blocks=3).build(4)
    layer = model.get_layer("block3_conv2_norm")
    layer.gamma.assign(np.zeros(4))
    layer.beta.assign(np.zeros(4))
    blocks = keras.Model(model.input, [model.get_layer(f"block{number}_relu2").output for number in (2, 3)])
    before, after = blocks(np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1), np.uint8))
    np.testing.assert_allclose(after, before)
    assert np.std(before) > 0


def test_each_block_adds_parameters():
    shallow, deep = (CharacterResNet(blocks=blocks).build(62).count_params() for blocks in (3, 4))
    assert deep - shallow == 2 * (9 * 64 * 64 + 4 * 64)
