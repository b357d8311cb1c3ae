"""Array operations: NumPy's for NumPy arrays, those of `keras.ops` for tensors.

The way from a picture to its line is written once with them. It runs in TensorFlow graphs, and where neither TensorFlow
nor Keras is loaded. Operations have the names, arguments and result types of `keras.ops`: numbers are int32 and float32
unless a type is given.

>>> from kerasrec.images import ops
>>> ops.cumsum(ops.arange(4)).dtype, ops.linspace(0.0, 1.0, 3).tolist()
(dtype('int32'), [0.0, 0.5, 1.0])
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("_") or not (name in _NUMPY or hasattr(np, name)):
        raise AttributeError(f"There is no operation {name!r}.")
    return _find(name)


@cache
def _find(name: str) -> Callable[..., Any]:
    return partial(_run, name)


def _run(name: str, *arguments: Any, **options: Any) -> Any:
    if _has_tensor(arguments) or (options and _has_tensor(options.values())):
        from kerasrec.backend import ops

        return getattr(ops, name)(*arguments, **options)
    return (_NUMPY.get(name) or getattr(np, name))(*arguments, **options)


def _has_tensor(values: Any) -> bool:
    """Whether any value, or one inside a list or tuple, is a tensor."""
    for value in values:
        kind = type(value)
        if kind in _NO_TENSORS:
            continue
        if _has_tensor(value) if kind in (list, tuple) else hasattr(value, "dtype"):
            return True
    return False


def _arange(start: Any, stop: Any = None, *, dtype: str | None = None) -> np.ndarray:
    start, stop = (0, start) if stop is None else (start, stop)
    return np.arange(start, stop, dtype=dtype or ("float32" if isinstance(start, float) else "int32"))


def _fori_loop(lower: int, upper: int, body: Callable[[int, Any], Any], value: Any) -> Any:
    for step in range(lower, upper):
        value = body(step, value)
    return value


def _pad(values: np.ndarray, widths: Sequence[tuple[int, int]], constant_values: float = 0) -> np.ndarray:
    """`np.pad` with a constant, in a fifth of its time for small arrays."""
    shape = [before + size + after for size, (before, after) in zip(values.shape, widths, strict=True)]
    padded = np.full(shape, constant_values, values.dtype)
    padded[tuple(slice(before, before + size) for size, (before, _) in zip(values.shape, widths, strict=True))] = values
    return padded


def _max_pool(image: np.ndarray, size: tuple[int, int], strides: int, padding: str) -> np.ndarray:
    """The greatest value of windows of rows of (1, H, 1, C), with a stride of 1 and the padding "same"."""
    around = [((size[0] - 1) // 2, size[0] // 2), (0, 0)]
    rows, covered = _pad(image[0, :, 0], around, -np.inf), 1
    while 2 * covered <= size[0]:
        rows, covered = np.maximum(rows[:-covered], rows[covered:]), 2 * covered
    rest = size[0] - covered
    return np.maximum(rows[: len(rows) - rest], rows[rest:])[None, :, None]


def _average_pool(
    image: np.ndarray, size: tuple[int, int], strides: int | None = None, padding: str = "same"
) -> np.ndarray:
    """The mean of windows of rows of (1, H, 1, C), with the padding "same", which is not counted."""
    height, window = image.shape[1], size[0]
    step = strides or window
    count = -(-height // step)
    missing = max((count - 1) * step + window - height, 0)
    rows = _pad(image[0, :, 0], [(missing // 2, missing - missing // 2), (0, 0)])
    ends = (count - 1) * step + 1
    total = rows[:ends:step].copy()
    for first in range(1, window):
        total += rows[first : first + ends : step]
    starts = np.arange(count)[:, None] * step - missing // 2
    counted = np.minimum(starts + window, height) - np.maximum(starts, 0)
    return (total / counted.astype("float32"))[None, :, None]


def _keep_type(function: Callable[..., Any]) -> Callable[..., Any]:
    """Makes sums of int32 int32, and those of bool."""

    def run(values: Any, axis: Any = None, **options: Any) -> Any:
        values = np.asarray(values)
        return function(values, axis, "int32" if values.dtype == bool else values.dtype, **options)

    return run


def _stack(values: Sequence[Any], axis: int = 0) -> np.ndarray:
    return np.stack([np.float32(value) if isinstance(value, float) else value for value in values], axis)


_NO_TENSORS = frozenset([np.ndarray, np.float32, np.int32, np.int64, np.bool, float, int, bool, str, type(None)])
_NUMPY: dict[str, Callable[..., Any]] = {
    "arange": _arange,
    "argmax": lambda values, **options: np.argmax(values, **options).astype("int32"),
    "average_pool": _average_pool,
    "bincount": lambda values, **options: np.bincount(values, **options).astype("int32"),
    "cast": lambda values, dtype: np.asarray(values).astype(dtype, copy=False),
    "cond": lambda condition, yes, no: yes() if condition else no(),
    "convert_to_numpy": np.asarray,
    "cumsum": _keep_type(np.cumsum),
    "fori_loop": _fori_loop,
    "linspace": lambda start, stop, count: np.linspace(start, stop, count, dtype="float32"),
    "max_pool": _max_pool,
    "moveaxis": lambda *arguments: np.ascontiguousarray(np.moveaxis(*arguments)),  # mixed orders in memory are slow
    "ones": lambda shape: np.ones(shape, "float32"),
    "pad": _pad,
    "relu": lambda values: np.maximum(values, 0),
    "solve": np.linalg.solve,
    "stack": _stack,
    "sum": _keep_type(np.add.reduce),
    "transpose": lambda values: np.ascontiguousarray(np.transpose(values)),
    "unstack": list,
    "zeros": lambda shape: np.zeros(shape, "float32"),
}
