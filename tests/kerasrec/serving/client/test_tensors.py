"""Tensors as TensorFlow writes and reads them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrec.serving.client.protocol import FLOAT, INT32, STRING, Tensor
from kerasrec.serving.client.tensors import read_numbers, read_strings, write_strings


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


def parse(message):
    return Tensor.FromString(message.SerializeToString())


def varint(number):
    digits = []
    while number >= 0x80:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def pack(strings):
    return b"".join(map(varint, map(len, strings))) + b"".join(strings)


def test_tensorflow_reads_written_strings(tf):
    values = [b"\x89PNG", b"", "\u00e4".encode()]
    assert tf.io.parse_tensor(write_strings(values).SerializeToString(), tf.string).numpy().tolist() == values


def test_strings_written_by_tensorflow_are_read(tf):
    values = [b"first", b"", "\U0001f40e".encode()]
    assert read_strings(parse(tf.make_tensor_proto(values))) == values
    assert read_strings(parse(tf.make_tensor_proto([], tf.string, [0]))) == []


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_strings_in_one_block_are_read_as_tensorflow_does(tf, values):
    tensor = Tensor(dtype=STRING, tensor_content=pack(values))
    tensor.tensor_shape.dim.add(size=len(values))
    assert read_strings(tensor) == values
    assert tf.io.parse_tensor(tensor.SerializeToString(), tf.string).numpy().tolist() == values


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (FLOAT, np.array([[0.1, 0.2, 1.0], [1e-30, 0.0, -5.0]], np.float32)),
        (FLOAT, np.zeros((2, 0), np.float32)),
        (INT32, np.array([[1, 2], [-(2**31), 2**31 - 1]], np.int32)),
    ],
)
def test_numbers_are_read_in_either_encoding(tf, dtype, values):
    content = tf.make_tensor_proto(values)
    fields = tf.make_tensor_proto(values)
    fields.tensor_content = b""
    getattr(fields, {FLOAT: "float_val", INT32: "int_val"}[dtype]).extend(values.ravel().tolist())
    for message in (content, fields):
        read = read_numbers(parse(message), dtype, 2)
        np.testing.assert_array_equal(read, values)
        assert read.dtype == values.dtype


def test_one_number_may_stand_for_all(tf):
    tensor = tf.make_tensor_proto(0.25, shape=(2, 3))
    assert len(tensor.float_val) == 1
    np.testing.assert_array_equal(read_numbers(parse(tensor), FLOAT, 2), np.full((2, 3), 0.25, np.float32))


@pytest.mark.parametrize(
    "change",
    [
        lambda tensor: setattr(tensor, "dtype", INT32),
        lambda tensor: tensor.tensor_shape.dim.add(size=1),
        lambda tensor: setattr(tensor.tensor_shape.dim[0], "size", -1),
        lambda tensor: tensor.float_val.append(1.0),
        lambda tensor: setattr(tensor, "tensor_content", b"12345678"),
        lambda tensor: setattr(tensor, "tensor_content", b"12345"),
    ],
)
def test_numbers_of_another_type_or_shape_are_refused(change):
    tensor = Tensor(dtype=FLOAT, float_val=[1.0, 2.0, 3.0])
    tensor.tensor_shape.dim.add(size=3)
    np.testing.assert_array_equal(read_numbers(tensor, FLOAT, 1), [1, 2, 3])
    change(tensor)
    with pytest.raises(ValueError, match=r"must have type|cannot reshape|buffer size"):
        read_numbers(tensor, FLOAT, 1)


@pytest.mark.parametrize("content", [b"\x01", b"\x01\x02a", b"\x01\x01abc", b"\xff\xff", b"\x80" * 50])
def test_a_block_that_is_truncated_or_too_long_is_refused(content):
    tensor = Tensor(dtype=STRING, tensor_content=content)
    tensor.tensor_shape.dim.add(size=2)
    with pytest.raises(ValueError, match="it must have"):
        read_strings(tensor)


def test_strings_of_another_type_or_number_are_refused():
    tensor = write_strings([b"a", b"b"])
    tensor.string_val.append(b"c")
    with pytest.raises(ValueError, match="2 strings, but has 3"):
        read_strings(tensor)
    with pytest.raises(ValueError, match="rank 1, but has type 1"):
        read_strings(Tensor(dtype=FLOAT))
