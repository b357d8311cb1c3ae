"""Layers in plain NumPy, to hold the models' values against."""

from collections.abc import Callable

import numpy as np
import pytest

Layer = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def plain_conv() -> Layer:
    """A convolution of (H, W, C) by a kernel (kh, kw, C, F), with strides and zeros around: (H', W', F)."""

    def conv(x, kernel, bias, strides=(1, 1), zeros=(0, 0)) -> np.ndarray:
        x = np.pad(x, [(zeros[0], zeros[0]), (zeros[1], zeros[1]), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(0, 1))
        return np.einsum("hwcij,ijcf->hwf", windows[:: strides[0], :: strides[1]], kernel) + bias

    return conv


@pytest.fixture(scope="session")
def plain_lstm() -> Layer:
    """The outputs (T, D) of an LSTM over (T, C), by its equations (Hochreiter and Schmidhuber, 1997)."""

    def lstm(x, kernel, recurrent, bias) -> np.ndarray:
        h = c = np.zeros(len(recurrent))
        outputs = []
        for step in x:
            gates = np.split(step @ kernel + h @ recurrent + bias, 4)
            enter, keep, leave = (1 / (1 + np.exp(-gates[i])) for i in (0, 1, 3))
            c = keep * c + enter * np.tanh(gates[2])
            h = leave * np.tanh(c)
            outputs.append(h)
        return np.array(outputs)

    return lstm
