import keras
import numpy as np
import pytest

from kerasrec.models import lstm_kernels, lstm_loop
from kerasrec.models.lstm import BidirectionalLSTM


@pytest.mark.parametrize(("lines", "frames"), [(2, 7), (1, 1)])
def test_the_output_equals_that_of_keras(lines, frames, randomise):
    layer = keras.layers.LSTM(4, return_sequences=True)
    layer.build((None, None, 3))
    randomise(layer)
    x = np.random.default_rng(0).normal(0, 2, (lines, frames, 3)).astype(np.float32)
    np.testing.assert_allclose(lstm_loop.run(layer, x), layer(x), rtol=1e-4, atol=1e-5)


def test_it_is_used_where_it_is_wanted(monkeypatch):
    layer = BidirectionalLSTM(4)
    layer.build([(None, None, 3), (None,)])
    used = []
    monkeypatch.setattr(lstm_loop, "run", lambda lstm, x: used.append(lstm.name) or x[..., :1])
    inputs = [np.zeros((1, 5, 3), np.float32), np.array([5])]
    layer(inputs)
    assert used == []
    with lstm_kernels.looped():
        layer(inputs)
    assert used == ["forward", "backward"]
