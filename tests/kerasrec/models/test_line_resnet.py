from dataclasses import asdict, replace

import keras
import numpy as np
import pytest

from kerasrec.errors import UsageError
from kerasrec.models import LineResNet

SMALL = LineResNet(width=2, context_dim=5, context_blocks=2, context_kernel=3)
HALVES = replace(SMALL, stride=4)


@pytest.mark.parametrize(("width", "frames"), [(896, 112), (1, 1), (8, 1), (9, 2), (28, 4), (897, 113)])
def test_a_frame_is_8_pixels(width, frames):
    assert LineResNet().frames(width) == frames


@pytest.mark.parametrize(("width", "frames"), [(896, 224), (1, 2), (8, 2), (9, 4), (897, 226)])
def test_a_frame_of_stride_4_is_half_of_8_pixels(width, frames):
    assert LineResNet(stride=4).frames(width) == frames


def test_the_frames_of_stride_4_lie_on_both_sides_of_those_of_stride_8():
    wide, narrow = (each.offset + each.stride * np.arange(each.frames(80)) for each in (LineResNet(), HALVES))
    assert wide.tolist() == list(range(0, 80, 8))
    assert narrow.reshape(-1, 2).mean(axis=1).tolist() == wide.tolist()
    assert set(np.diff(narrow)) == {4}


def test_stride_4_computes_two_frames_where_stride_8_computes_one(randomise):
    whole, halves = SMALL.build(12), HALVES.build(6)
    randomise(whole)
    halves.set_weights(whole.get_weights())  # of the same shapes: 12 outputs are those of two frames
    images, widths = np.random.default_rng(0).integers(0, 256, (2, 28, 131, 1), np.uint8), np.array([75, 90])
    found, expected = halves([images, widths]).numpy(), whole([images, widths]).numpy()
    assert halves.output.shape == (None, None, 6)
    assert found.shape == (2, 34, 6)
    np.testing.assert_allclose(found[:, 0::2], expected[..., :6], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[:, 1::2], expected[..., 6:], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("height", "rows"), [(16, 8), (28, 14), (40, 20), (48, 16), (64, 16), (128, 16)])
def test_the_first_convolution_leaves_few_rows_of_a_high_line(height, rows):
    model = LineResNet(width=2, context_dim=4, context_blocks=1, height=height).build(6)
    assert model.get_layer("stem").output.shape[1] == rows


def test_the_number_of_parameters_of_the_default():
    def conv(kernel: int, inputs: int, outputs: int) -> int:
        return (kernel * inputs + 1) * outputs

    image = conv(25, 1, 32) + conv(9, 32, 64) + 2 * conv(9, 64, 64) + conv(9, 64, 128) + 2 * conv(9, 128, 128)
    context = conv(4 * 3, 128, 256) + 6 * conv(5, 256, 256)
    assert LineResNet().build(83).count_params() == image + context + conv(1, 256, 83)


def test_the_logits_equal_plain_numpy(randomise, plain_conv):
    model = SMALL.build(6)
    randomise(model)
    canvas = np.zeros((28, 131), np.uint8)
    canvas[:, :75] = np.random.default_rng(0).integers(0, 256, (28, 75), np.uint8)
    found = model([canvas[None, ..., None], np.array([75])])[0]

    def conv(name: str, x: np.ndarray, stride: int = 1, zeros: tuple[int, int] = (0, 0)) -> np.ndarray:
        return plain_conv(x, *model.get_layer(name).get_weights(), (stride, stride), zeros)

    def along(name: str, x: np.ndarray) -> np.ndarray:  # a convolution of kernel 3 along the frames (T, D)
        kernel, bias = model.get_layer(name).get_weights()
        return plain_conv(x[None], kernel[None], bias, zeros=(0, 1))[0]

    def relu(x: np.ndarray) -> np.ndarray:
        return np.maximum(x, 0)

    x = relu(conv("stem", canvas[..., None] / 255, 2, (2, 2)))
    for number in (1, 2):
        x = relu(conv(f"down{number}", x, 2, (1, 1)))
        y = relu(conv(f"block{number}_conv1", x, 1, (1, 1)))
        x = relu(x + conv(f"block{number}_conv2", y, 1, (1, 1)))
    x = relu(conv("squeeze", x, 1, (0, 1)))[0, :10]  # 10 frames of 75 px: the line ends here, followed by zeros
    for number in (1, 2):
        x = relu(x + along(f"context{number}_conv2", relu(along(f"context{number}_conv1", x))))
    kernel, bias = model.get_layer("classes").get_weights()
    assert found.shape == (17, 6)
    np.testing.assert_allclose(found[:10], x @ kernel + bias, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[10:], np.tile(bias, (7, 1)), rtol=1e-6)


def test_residual_branches_add_nothing_at_initialisation():
    keras.utils.set_random_seed(0)
    model = SMALL.build(6)
    images, widths = np.random.default_rng(0).integers(0, 256, (1, 28, 96, 1), np.uint8), np.array([96])
    before = model([images, widths]).numpy()
    branches = ("block1", "block2", "context1", "context2")
    for name in branches:
        model.get_layer(f"{name}_conv1").set_weights(
            [7 * w + 1 for w in model.get_layer(f"{name}_conv1").get_weights()]
        )
    np.testing.assert_array_equal(model([images, widths]), before)
    for name in branches:  # and each adds something once its weights are not 0
        weights = model.get_layer(f"{name}_conv2").get_weights()
        model.get_layer(f"{name}_conv2").set_weights([w + 0.1 for w in weights])
        assert np.abs(model([images, widths]) - before).max() > 1e-3
        model.get_layer(f"{name}_conv2").set_weights(weights)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"width": 0}, "width must be at least 1, not 0"),
        ({"context_dim": 0}, "context_dim must be at least 1, not 0"),
        ({"context_blocks": 0}, "context_blocks must be at least 1, not 0"),
        ({"context_kernel": -1}, "context_kernel must be at least 1, not -1"),
        ({"context_kernel": 4}, "context_kernel must be odd, .* not 4"),
        ({"dropout": 1.5}, r"dropout must be at least 0 and below 1, not 1\.5"),
        ({"stride": 2}, "stride must be 8 or 4 px, not 2"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineResNet(**setting)


def test_settings_survive_saving():
    assert LineResNet(**asdict(HALVES)) == HALVES != SMALL
