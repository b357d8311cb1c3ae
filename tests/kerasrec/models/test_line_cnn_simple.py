from dataclasses import asdict

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasrec.errors import UsageError
from kerasrec.models import LineCNNSimple
from kerasrec.models.characters.character_cnn import CharacterCNN

SMALL = LineCNNSimple(conv_dim=2, fc_dim=5)


@pytest.fixture(scope="module")
def read_character(randomise) -> keras.Model:
    model = CharacterCNN(conv_dim=2, fc_dim=5).build(6)
    randomise(model)
    return model


def test_it_has_as_many_parameters_as_in_the_labs():
    assert LineCNNSimple().build(83).count_params() == 1_654_035


@pytest.mark.parametrize(
    ("window_width", "window_stride", "width", "frames"),
    [(28, 28, 896, 32), (28, 20, 896, 44), (28, 28, 895, 31), (28, 28, 28, 1), (28, 28, 27, 0), (20, 1, 22, 3)],
)
def test_the_number_of_frames_is_that_of_the_windows_that_fit(window_width, window_stride, width, frames):
    assert LineCNNSimple(window_width=window_width, window_stride=window_stride).frames(width) == frames


@settings(max_examples=15)
@given(stride=st.integers(3, 40), width=st.integers(28, 150), seed=st.integers(0, 999))
def test_a_window_has_the_same_logits_alone_and_in_the_line(read_character, stride, width, seed):
    architecture = LineCNNSimple(conv_dim=2, fc_dim=5, window_stride=stride)
    model = architecture.build(6)
    model.set_weights(read_character.get_weights())
    lines = np.random.default_rng(seed).integers(0, 256, (2, 28, width, 1), np.uint8)
    found = model([lines, np.full(2, width)])
    for t in range(architecture.frames(width)):
        alone = read_character(lines[:, :, t * stride : t * stride + 28])
        np.testing.assert_allclose(found[:, t], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"window_width": 1}, "window_width must be at least 2 px, not 1"),
        ({"window_stride": 0}, "window_stride must be at least 1, not 0"),
        ({"height": 1}, "height must be at least 2 px, not 1"),
        ({"fc_dim": 0}, "fc_dim must be at least 1, not 0"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineCNNSimple(**setting)


def test_settings_survive_saving():
    assert LineCNNSimple(**asdict(SMALL)) == SMALL
