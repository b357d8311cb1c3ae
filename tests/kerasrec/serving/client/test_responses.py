"""Responses become readings; other responses are refused."""

import numpy as np
import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.serving import wire
from kerasrec.serving.client.protocol import FLOAT, INT32, PredictResponse, Tensor
from kerasrec.serving.client.responses import to_readings
from kerasrec.serving.client.tensors import write_strings


def numbers(values, dtype):
    tensor = Tensor(dtype=dtype, tensor_content=np.array(values, {FLOAT: "<f4", INT32: "<i4"}[dtype]).tobytes())
    for size in np.shape(values):
        tensor.tensor_shape.dim.add(size=size)
    return tensor


@pytest.fixture
def outputs():
    """Three images: two characters, none, and one outside the Basic Multilingual Plane."""
    made = PredictResponse().outputs
    for name, tensor in {
        wire.TEXT: write_strings([b"a\xc3\xa9", b"", "\U0001f40e".encode()]),
        wire.CONFIDENCE: numbers([0.5, 1.0, 0.25], FLOAT),
        wire.CHARACTER_COUNT: numbers([2, 0, 1], INT32),
        wire.CHARACTER_CONFIDENCE: numbers([[0.75, 0.5], [0, 0], [0.25, 0]], FLOAT),
        wire.CHARACTER_START: numbers([[1.5, 8], [0, 0], [3, 0]], FLOAT),
        wire.CHARACTER_END: numbers([[8, 12], [0, 0], [9, 0]], FLOAT),
    }.items():
        made[name].CopyFrom(tensor)
    return made


def test_each_image_gets_its_text_and_its_characters(outputs):
    assert list(to_readings(outputs, 3)) == [
        Reading("a\u00e9", 0.5, (Character("a", 0.75, 1.5, 8.0), Character("\u00e9", 0.5, 8.0, 12.0))),
        Reading("", 1.0, ()),
        Reading("\U0001f40e", 0.25, (Character("\U0001f40e", 0.25, 3.0, 9.0),)),
    ]


def test_images_without_characters_are_read():
    made = PredictResponse().outputs
    made[wire.TEXT].CopyFrom(write_strings([b""]))
    made[wire.CONFIDENCE].CopyFrom(numbers([0.5], FLOAT))
    made[wire.CHARACTER_COUNT].CopyFrom(numbers([0], INT32))
    for name in (wire.CHARACTER_CONFIDENCE, wire.CHARACTER_START, wire.CHARACTER_END):
        made[name].CopyFrom(numbers(np.zeros((1, 0)), FLOAT))
    assert list(to_readings(made, 1)) == [Reading("", 0.5, ())]


def test_further_outputs_are_ignored(outputs):
    outputs["version"].CopyFrom(Tensor(dtype=9))
    assert len(list(to_readings(outputs, 3))) == 3


def test_the_error_names_a_missing_output(outputs):
    del outputs[wire.CHARACTER_END]
    with pytest.raises(ValueError, match="does not return character_end"):
        list(to_readings(outputs, 3))


@pytest.mark.parametrize(
    ("name", "tensor", "problem"),
    [
        (wire.CONFIDENCE, numbers([1, 2, 3], INT32), "has type 3"),
        (wire.TEXT, numbers([1.0, 2.0, 3.0], FLOAT), "has type 1"),
        (wire.TEXT, write_strings([b"\xff", b"", b""]), "utf-8"),
        (wire.CHARACTER_START, numbers([1.0, 2.0, 3.0], FLOAT), "rank 2"),
        (wire.CONFIDENCE, numbers([1.0, 2.0], FLOAT), r"for \[2, 3\] images, but 3 were sent"),
    ],
)
def test_an_output_of_another_type_or_shape_is_refused(outputs, name, tensor, problem):
    outputs[name].CopyFrom(tensor)
    with pytest.raises(ValueError, match=problem):
        list(to_readings(outputs, 3))


def test_another_number_of_images_is_refused(outputs):
    with pytest.raises(ValueError, match="but 4 were sent"):
        list(to_readings(outputs, 4))
