"""Which kernel an LSTM is read with: TensorFlow's fused one, Keras's layer, or a loop of plain operations."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Literal

import tensorflow as tf

Kernel = Literal["fused", "keras", "loop"]

_chosen = ContextVar[Kernel | None]("kernel", default=None)


def portable() -> AbstractContextManager[None]:
    """Uses the fused kernel in graphs traced inside: it runs on CPU and GPU, while cuDNN's needs a GPU."""
    return _use("fused")


def standard() -> AbstractContextManager[None]:
    """Uses Keras's layer in graphs traced inside: other formats know only standard operations."""
    return _use("keras")


def looped() -> AbstractContextManager[None]:
    """Uses the loop of plain operations in graphs traced inside."""
    return _use("loop")


def find_kernel() -> Kernel:
    """Returns the kernel to use; without a choice the fused one, or with a GPU Keras's layer, which uses cuDNN."""
    return _chosen.get() or ("keras" if tf.config.list_logical_devices("GPU") else "fused")


@contextlib.contextmanager
def _use(kernel: Kernel) -> Iterator[None]:
    token = _chosen.set(kernel)
    try:
        yield
    finally:
        _chosen.reset(token)
