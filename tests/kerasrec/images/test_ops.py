"""The operations for NumPy arrays give what `keras.ops` gives."""

import keras
import numpy as np
import pytest

from kerasrec.images import ops

IMAGE = np.random.default_rng(0).uniform(0, 255, (1, 13, 1, 6)).astype(np.float32)
COUNTS = np.array([3, 0, 7, 1], np.int32)
CASES = {
    "arange": [(5,), (2, 7), (-1.0, 2.0)],
    "argmax": [(COUNTS,)],
    "cast": [(True, "float32"), (COUNTS, "uint8")],
    "cumsum": [(COUNTS,), (IMAGE[0, :, 0, 0],)],
    "linspace": [(-1.0, 1.0, 5)],
    "ones": [((2, 3),)],
    "relu": [(IMAGE - 100,)],
    "solve": [(np.diag(np.float32([2, 4])), np.ones((2, 1), np.float32))],
    "stack": [([0.0, np.float32(2), 1.0],)],
    "sum": [(COUNTS,), (IMAGE,), (IMAGE > 100,)],
    "zeros": [((2, 3),)],
}


@pytest.mark.parametrize(("name", "arguments"), [(name, each) for name, cases in CASES.items() for each in cases])
def test_values_and_types_are_those_of_keras(name, arguments):
    found, expected = getattr(ops, name)(*arguments), np.asarray(getattr(keras.ops, name)(*arguments))
    assert np.asarray(found).dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("window", [2, 3, 7, 12, 31])
@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
def test_windows_are_those_of_keras(name, window):
    options = {"strides": 1, "padding": "same"}
    found, expected = (getattr(each, name)(IMAGE, (window, 1), **options) for each in (ops, keras.ops))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 6, 13])
def test_halves_are_those_of_keras(rows):
    found, expected = (each.average_pool(IMAGE[:, :rows], (2, 1), padding="same") for each in (ops, keras.ops))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_counts_are_int32():
    counts = ops.bincount(COUNTS, minlength=9)
    assert counts.dtype == np.int32 and counts.tolist() == [1, 1, 0, 1, 0, 0, 0, 1, 0]


def test_conditions_and_loops_run_in_python():
    assert ops.cond(np.bool_(False), lambda: 1 / 0, lambda: 2) == 2
    assert ops.fori_loop(1, 4, lambda step, value: value + step, np.float32(0)) == 6


def test_tensors_are_computed_by_keras():
    assert keras.ops.is_tensor(ops.maximum(keras.ops.ones(2), 3.0))
    assert keras.ops.is_tensor(ops.stack([1.0, keras.ops.ones(())]))
    assert isinstance(ops.maximum(np.ones(2), 3.0), np.ndarray)


def test_other_operations_do_not_exist():
    with pytest.raises(AttributeError, match="no operation 'image'"):
        ops.image  # noqa: B018
