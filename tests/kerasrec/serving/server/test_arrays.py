"""Tensors between protobuf and NumPy, compared with TensorFlow's own functions."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto

from kerasrec.serving.server.arrays import dtype_name, read_array, read_shape, write_array
from kerasrec.serving.server.failure import ServingError

ARRAYS = [
    np.array([[1.5, -2.0, np.inf]], np.float32),
    np.array([1e300, 2.0]),
    np.array([[1], [-(2**31)]], np.int32),
    np.array([2**62, -1]),
    np.array([True, False, True]),
    np.array([b"", b"a\x00", "é".encode()], object),
    np.array(3.5, np.float32),
    np.array(b"alone", object),
    np.zeros((0, 3), np.float32),
    np.array([1, 255], np.uint8),
    np.array([1.5, 2.5], np.float16),
]


def read(proto: TensorProto, most_bytes: int = 1000) -> np.ndarray:
    return read_array(proto, read_shape(proto, "x"), "x", most_bytes)


def proto_of(shape, dtype=types_pb2.DT_FLOAT, **fields) -> TensorProto:
    dims = [TensorShapeProto.Dim(size=size) for size in shape]
    return TensorProto(dtype=dtype, tensor_shape=TensorShapeProto(dim=dims), **fields)


@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_tensorflow_reads_what_is_written(array):
    proto = TensorProto()
    write_array(array, proto)
    back = tf.make_ndarray(TensorProto.FromString(proto.SerializeToString()))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("array", ARRAYS[:10], ids=str)
def test_what_tensorflow_writes_is_read(array):
    back = read(tf.make_tensor_proto(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    ("array", "field"),
    [(ARRAYS[0], "float_val"), (ARRAYS[1], "double_val"), (ARRAYS[2], "int_val"), (ARRAYS[5], "string_val")],
    ids=["float", "double", "int", "string"],
)
def test_values_are_written_to_typed_fields_and_read_from_them(array, field):
    proto = TensorProto()
    write_array(array, proto)
    assert not proto.tensor_content
    assert list(getattr(proto, field)) == array.ravel().tolist()
    np.testing.assert_array_equal(read(proto), array)


def test_rows_of_a_larger_array_are_written():
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)[1:, ::2]
    proto = TensorProto()
    write_array(rows, proto)
    assert list(proto.float_val) == [4, 6, 8, 10]


def test_missing_values_repeat_the_last_one_like_tensorflow():
    np.testing.assert_array_equal(read(proto_of([2, 2], float_val=[1, 2])), [[1, 2], [2, 2]])
    np.testing.assert_array_equal(read(proto_of([3])), [0, 0, 0])
    assert read(proto_of([2], types_pb2.DT_STRING, string_val=[b"a"])).tolist() == [b"a", b"a"]
    assert read(proto_of([2], types_pb2.DT_STRING)).tolist() == [b"", b""]
    np.testing.assert_array_equal(read(proto_of([1], float_val=[1, 2])), [1])


@pytest.mark.parametrize(
    "proto",
    [
        proto_of([-1], float_val=[1]),
        proto_of([2**62, 2**62]),
        proto_of([2**32, 2**32]),
        proto_of([1] * 255),
        TensorProto(dtype=1, tensor_shape=TensorShapeProto(unknown_rank=True)),
        proto_of([2], tensor_content=b"1234567"),
        proto_of([1], types_pb2.DT_STRING, tensor_content=b"a"),
        proto_of([1000], float_val=[1]),  # 4,000 bytes from 4
        proto_of([1000]),
        proto_of([20], types_pb2.DT_STRING, string_val=[b"x" * 100]),
        proto_of([1], types_pb2.DT_VARIANT),
        proto_of([1], types_pb2.DT_COMPLEX64, scomplex_val=[1, 2]),
    ],
    ids=lambda proto: str(proto).replace("\n", " ")[:60],
)
def test_invalid_tensors_are_refused_before_they_take_memory(proto):
    with pytest.raises(ServingError, match=r"^tensor parsing error: x$"):
        read(proto)


@pytest.mark.parametrize("dtype", [0, -1, 101, 120, 2000])
def test_a_number_that_is_not_a_dtype_is_refused(dtype):
    with pytest.raises(ServingError, match="tensor parsing error: x"):
        dtype_name(dtype, "x")


def test_dtypes_have_the_names_of_tensorflows_cpp_code():
    numbers = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_INT32", "DT_STRING", "DT_BOOL", "DT_BFLOAT16")
    names = [dtype_name(types_pb2.DataType.Value(number), "x") for number in numbers]
    assert names == ["float", "double", "half", "int32", "string", "bool", "bfloat16"]


@pytest.mark.parametrize("shape", [(0, 28, 2**62, 1), (2**31,), (2**16, 2**15), (2**62, 0)], ids=str)
def test_an_impossible_shape_is_refused_even_if_it_is_empty(shape):
    with pytest.raises(ServingError, match="^tensor parsing error: x$"):
        read(proto_of(shape))
