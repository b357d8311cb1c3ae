"""An LSTM in plain NumPy, to hold the models' values against."""

from collections.abc import Callable

import numpy as np
import pytest

Layer = Callable[..., np.ndarray]


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
