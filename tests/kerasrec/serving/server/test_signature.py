"""Checks of requests against a signature, with TensorFlow Serving's messages."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.signature import Signature


def info(name, dtype, shape):
    proto = TensorInfo(name=name, dtype=dtype)
    if shape is None:
        proto.tensor_shape.unknown_rank = True
    for size in shape or ():
        proto.tensor_shape.dim.add(size=size)
    return proto


@pytest.fixture
def definition():
    return SignatureDef(
        inputs={
            "widths": info("log_probs_widths:0", types_pb2.DT_INT32, [-1]),
            "images": info("log_probs_images:0", types_pb2.DT_FLOAT, [-1, 28, -1, 1]),
        },
        outputs={
            "log_probs": info("out:1", types_pb2.DT_FLOAT, None),
            "frames": info("out:0", types_pb2.DT_INT32, None),
        },
    )


def tensors(**arrays):
    return {
        alias: value if isinstance(value, TensorProto) else tf.make_tensor_proto(value)
        for alias, value in arrays.items()
    }


GOOD = {"images": np.ones((2, 28, 5, 1), np.float32), "widths": np.array([5, 4], np.int32)}


def test_arrays_are_ordered_by_their_names_in_the_graph(definition):
    signature = Signature(definition)
    images, widths = signature.read(tensors(**GOOD), Limits())
    assert (images.shape, widths.tolist()) == ((2, 28, 5, 1), [5, 4])
    assert [each.tensor for each in signature.inputs] == ["log_probs_images:0", "log_probs_widths:0"]
    assert signature.outputs == {"frames": "out:0", "log_probs": "out:1"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"images": GOOD["images"]},
            "input size does not match signature: 1!=2 len({images}) != len({images,widths}). Sent extra: {}. "
            "Missing but required: {widths}.",
        ),
        (
            {**GOOD, "foo": GOOD["widths"]},
            "input size does not match signature: 3!=2 len({foo,images,widths}) != len({images,widths}). "
            "Sent extra: {foo}. Missing but required: {}.",
        ),
        (
            {"images": GOOD["images"], "foo": GOOD["widths"]},
            "Signature input alias: widths(feed name: log_probs_widths:0) not found in request and no default value "
            "provided. Inputs expected to be in the request {foo,images}, or default input alias set: ",
        ),
        ({**GOOD, "images": GOOD["images"].astype(np.float64)}, "Expects arg[0] to be float but double is provided"),
        ({**GOOD, "widths": np.array([b"a", b"b"], object)}, "Expects arg[1] to be int32 but string is provided"),
        (
            {**GOOD, "images": np.ones((2, 40), np.float32)},
            "Shape of tensor log_probs_images [2,40] is not compatible with expected shape [?,28,?,1]",
        ),
        (
            {**GOOD, "images": np.ones((2, 27, 5, 1), np.float32)},
            "Shape of tensor log_probs_images [2,27,5,1] is not compatible with expected shape [?,28,?,1]",
        ),
        (
            {**GOOD, "widths": np.array(3, np.int32)},
            "Shape of tensor log_probs_widths [] is not compatible with expected",
        ),
        ({**GOOD, "widths": np.arange(33, dtype=np.int32)}, "Task size 33 is larger than maximum input batch size 32"),
        ({**GOOD, "widths": TensorProto(dtype=99)}, "tensor parsing error: widths"),
    ],
    ids=range(10),
)
def test_requests_that_do_not_fit_are_refused(definition, given, text):
    with pytest.raises(ServingError) as caught:
        Signature(definition).read(tensors(**given), Limits())
    assert caught.value.code.name == "INVALID_ARGUMENT"
    assert caught.value.text.startswith(text)


def test_a_huge_shape_is_refused_before_it_takes_memory(definition):
    huge = TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1])
    for size in (32, 28, 2**40, 1):
        huge.tensor_shape.dim.add(size=size)
    with pytest.raises(ServingError, match="tensor parsing error: images"):
        Signature(definition).read(tensors(**{**GOOD, "images": huge}), Limits())


def test_an_input_of_unknown_shape_accepts_any(definition):
    definition.inputs["widths"].CopyFrom(info("log_probs_widths:0", types_pb2.DT_INT32, None))
    _, widths = Signature(definition).read(tensors(**{**GOOD, "widths": np.ones((1, 2, 3), np.int32)}), Limits())
    assert widths.shape == (1, 2, 3)


def test_a_default_replaces_a_missing_input(definition):
    definition.defaults["widths"].CopyFrom(tf.make_tensor_proto(np.array([7], np.int32)))
    _, widths = Signature(definition).read(tensors(images=GOOD["images"]), Limits())
    assert widths.tolist() == [7]


def test_outputs_are_chosen(definition):
    signature = Signature(definition)
    assert signature.wanted_outputs([]) == ["frames", "log_probs"]
    assert signature.wanted_outputs(["log_probs"]) == ["log_probs"]
    with pytest.raises(ServingError) as caught:
        signature.wanted_outputs(["nope"])
    assert caught.value.text == (
        "output tensor alias not found in signature: nope Outputs expected to be in the set {frames,log_probs}."
    )
    with pytest.raises(ServingError, match="^duplicate output tensor alias: frames$"):
        signature.wanted_outputs(["frames", "frames"])
