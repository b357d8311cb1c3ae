from dataclasses import asdict

import keras
import numpy as np
import pytest

from kerasrec.errors import UsageError
from kerasrec.models import LineCNN, LineCNNLSTM


def test_it_has_as_many_parameters_as_in_the_labs():
    # 3,688,390 in PyTorch, minus the second bias of each gate: 2 directions of 4 gates of 512.
    assert LineCNNLSTM().build(83).count_params() == 3_684_294 == 3_688_390 - 2 * 4 * 512


def test_frames_are_those_of_the_cnn():
    assert LineCNNLSTM().frames(896) == 55
    for width in range(28, 200):
        assert LineCNNLSTM(window_width=40).frames(width) == LineCNN(window_width=40).frames(width)


@pytest.mark.parametrize("lstm_layers", [1, 2])
def test_the_logits_equal_plain_numpy(lstm_layers, randomise, plain_lstm):
    architecture = LineCNNLSTM(conv_dim=2, fc_dim=5, lstm_dim=3, lstm_layers=lstm_layers)
    model = architecture.build(6)
    randomise(model)
    images, widths = np.random.default_rng(0).integers(0, 256, (1, 28, 140, 1), np.uint8), np.array([90])
    x = keras.Model(model.inputs, model.get_layer("classes").output)([images, widths])[0].numpy().astype(np.float64)
    frames = architecture.frames(90)
    assert frames < len(x)  # the canvas is wider than the line
    x = x[:frames]
    for number in range(1, lstm_layers + 1):
        weights = model.get_layer(f"lstm{number}").get_weights()
        x = plain_lstm(x, *weights[:3]) + plain_lstm(x[::-1], *weights[3:])[::-1]
    kernel, bias = model.get_layer("lstm_classes").get_weights()
    found = model([images, widths], training=False)[0, :frames]
    np.testing.assert_allclose(found, x @ kernel + bias, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"lstm_dim": 0}, "lstm_dim must be at least 1, not 0"),
        ({"lstm_layers": 0}, "lstm_layers must be at least 1, not 0"),
        ({"window_stride": 3}, "window_stride must be at least 8 px, .* not 3"),
    ],
)
def test_an_invalid_setting_raises_with_its_value(setting, message):
    with pytest.raises(UsageError, match=message):
        LineCNNLSTM(**setting)


def test_settings_survive_saving():
    architecture = LineCNNLSTM(lstm_dim=7, lstm_layers=3, window_width=20)
    assert LineCNNLSTM(**asdict(architecture)) == architecture
