from dataclasses import asdict

import keras
import numpy as np
import pytest

from kerasrec.errors import UsageError
from kerasrec.models import LineCNN

SMALL = LineCNN(conv_dim=2, fc_dim=5, window_width=24, window_stride=16)


@pytest.fixture(scope="module")
def full() -> keras.Model:
    """The labs' model."""
    keras.utils.set_random_seed(0)
    return LineCNN().build(83)


def test_it_has_as_many_parameters_as_in_the_labs(full):
    assert full.count_params() == 1_200_499


@pytest.mark.parametrize(
    ("window_width", "window_stride", "frames"),
    [(28, 18, 55), (28, 20, 55), (28, 16, 55), (28, 28, 37), (28, 24, 37), (32, 32, 28), (20, 12, 111), (8, 8, 112)],
)
def test_the_frames_of_a_line_of_896_px(window_width, window_stride, frames):
    assert LineCNN(window_width=window_width, window_stride=window_stride).frames(896) == frames


@pytest.mark.parametrize(("flag", "effective"), [(8, 8), (15, 8), (16, 16), (18, 16), (20, 16), (23, 16), (28, 24)])
def test_window_settings_are_rounded_down_to_8_pixels(flag, effective):
    architecture = LineCNN(window_width=flag, window_stride=flag)
    assert (architecture.window, architecture.stride) == (effective, effective)


@pytest.mark.parametrize(("window_width", "offset"), [(8, 0), (20, 4), (28, 8), (64, 28)])
def test_the_offset_is_the_centre_of_the_first_window(window_width, offset):
    assert LineCNN(window_width=window_width).offset == offset


@pytest.mark.parametrize(("window_width", "window_stride"), [(8, 8), (28, 18), (40, 28), (64, 48)])
def test_the_computed_frames_are_right_for_every_window(window_width, window_stride):
    architecture = LineCNN(conv_dim=1, fc_dim=1, window_width=window_width, window_stride=window_stride)
    model = architecture.build(4)
    for width in (64, 65, 71, 72, 73, 128, 449, 896):
        images = np.zeros((1, 28, width, 1), np.uint8)
        assert model([images, np.array([width])]).shape[1] == architecture.frames(width)


def test_a_line_narrower_than_the_window_has_no_frame():
    assert LineCNN(window_width=64).frames(56) <= 0
    assert LineCNN(window_width=64).frames(57) == 1


def test_the_logits_equal_plain_numpy(randomise, plain_conv):
    model = SMALL.build(6)
    randomise(model)
    weights = [weight.astype(np.float64) for weight in model.get_weights()]
    image = np.random.default_rng(0).integers(0, 256, (28, 75), np.uint8)
    x = image[..., None] / 255
    for number, stride in enumerate((1, 1, 2, 1, 2, 1, 2, 1)):
        kernel, bias = weights[2 * number : 2 * number + 2]
        x = np.maximum(plain_conv(x, kernel, bias, (stride, stride), zeros=(1, 1)), 0)
    assert x.shape == (4, 10, 8)  # of which the window takes 3 rows
    x = np.maximum(plain_conv(x, *weights[16:18], strides=(3, 2)), 0)[0]  # (T, D)
    x = np.maximum(x @ weights[18] + weights[19], 0)
    expected = x @ weights[20] + weights[21]
    found = model([image[None, ..., None], np.array([75])])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "fan_out"), [("conv2", 9 * 32), ("conv8", 9 * 128), ("windows", 9 * 512), ("dense", 512), ("classes", 83)]
)
def test_the_weights_are_initialised_he_normal_by_fan_out(full, layer, fan_out):
    kernel, bias = full.get_layer(layer).get_weights()
    assert not bias.any()
    assert kernel.std() == pytest.approx((2 / fan_out) ** 0.5, rel=5 / (2 * kernel.size) ** 0.5)
    assert abs(kernel.mean()) < 5 * kernel.std() / kernel.size**0.5
    assert np.abs(kernel).max() > 3 * kernel.std()  # not truncated at 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"window_width": 7}, "window_width must be at least 8 px, .* not 7"),
        ({"window_stride": 0}, "window_stride must be at least 8 px, .* not 0"),
        ({"height": 4}, "height must be at least 8 px, .* not 4"),
        ({"conv_dim": 0}, "conv_dim must be at least 1, not 0"),
        ({"fc_dim": -5}, "fc_dim must be at least 1, not -5"),
        ({"dropout": 1.0}, r"dropout must be at least 0 and below 1, not 1\.0"),
        ({"dropout": -0.1}, r"not -0\.1"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineCNN(**setting)


def test_settings_survive_saving():
    assert LineCNN(**asdict(SMALL)) == SMALL
