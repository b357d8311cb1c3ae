"""Layers in plain NumPy, to compare the models' values with."""

from collections.abc import Callable

import numpy as np
import pytest

Layer = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def plain_lstm() -> Layer:
    """An LSTM over (T, C) with outputs (T, D), from its equations (Hochreiter and Schmidhuber, 1997)."""

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


@pytest.fixture(scope="session")
def plain_attention() -> Layer:
    """Multi-head attention of one line, (T, D), from x (T, D) to memory (M, D), from its equations (Vaswani, 2017).

    The weights are a kernel and a bias for queries, for keys and values together, and for the output; `mask` is (T, M)
    bool.
    """

    def attention(x, memory, mask, heads, weights) -> np.ndarray:
        query_kernel, query_bias, memory_kernel, memory_bias, kernel, bias = weights
        queries = np.split(x @ query_kernel + query_bias, heads, axis=1)
        keys, values = np.split(memory @ memory_kernel + memory_bias, 2, axis=1)
        outputs = []
        for q, k, v in zip(queries, np.split(keys, heads, axis=1), np.split(values, heads, axis=1), strict=True):
            shares = np.where(mask, np.exp(q @ k.T / k.shape[1] ** 0.5), 0)
            outputs.append(shares / shares.sum(axis=1, keepdims=True) @ v)
        return np.concatenate(outputs, axis=1) @ kernel + bias

    return attention
