"""Any request over a real channel gets the right status, and the next valid request succeeds.

KERASREC_FUZZ_EXAMPLES is the number of requests that each test generates.
"""

import io
import os

import grpc
import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.server import Server, ServerSettings

LONG = 20  # seconds, longer than anything here takes
SERVICE = "/tensorflow.serving.PredictionService"
MODELS = "/tensorflow.serving.ModelService"
REFUSED = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"}
LEAKS = ("Traceback", 'File "', "site-packages", "node ", "Graph execution error", "kerasrec.", "0x7f")

fuzzed = settings(
    max_examples=int(os.environ.get("KERASREC_FUZZ_EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


class Caller:
    """Sends bytes and returns the code and the message of the answer."""

    def __init__(self, channel, good):
        self._channel = channel
        self._good = good.SerializeToString()

    def send(self, path, message):
        content = message if isinstance(message, bytes) else message.SerializeToString()
        try:
            answer = self._channel.unary_unary(path)(content, timeout=LONG)
        except grpc.RpcError as error:
            return error.code().name, error.details()
        return "OK", answer

    def check(self, message, codes, path=f"{SERVICE}/Predict"):
        """Checks the code, that the message shows no internals, and that the next valid request succeeds."""
        code, text = self.send(path, message)
        event(f"{code}: {text[:40]}" if isinstance(text, str) else code)
        assert code in codes, text
        if code != "OK":
            assert text
            assert not [leak for leak in LEAKS if leak in text], text
        after, answer = self.send(f"{SERVICE}/Predict", self._good)
        assert after == "OK", answer
        return code, text


@pytest.fixture(scope="module")
def caller(toy_folder, predict_request, png):
    compute = ComputeSettings(Limits(message_bytes=2**20, images=32))
    with (
        Server(
            folder_config(toy_folder, "lines"),
            ServerSettings(port=0, rest_port=None, compute=compute, allow_reload=True),
        ) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.ports.grpc}") as channel,
    ):
        yield Caller(channel, predict_request(image_bytes=[png()]))


def pictures():
    """Images of several formats: intact, truncated or with changed bytes, and other bytes."""

    def encode(format, width, height):
        stream = io.BytesIO()
        Image.fromarray(np.full((height, width), 99, np.uint8)).save(stream, format)
        return stream.getvalue()

    whole = st.builds(
        encode, st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "WEBP"]), st.integers(1, 60), st.integers(1, 60)
    )
    cut = st.builds(lambda picture, share: picture[: int(len(picture) * share)], whole, st.floats(0, 0.99))

    def change(picture, place, value):
        place = int(place * (len(picture) - 1))
        return picture[:place] + bytes([value]) + picture[place + 1 :]

    changed = st.builds(change, whole, st.floats(0, 1), st.integers(0, 255))
    bombs = st.builds(
        lambda picture, size: picture[:16] + size.to_bytes(4, "big") * 2 + picture[24:],
        st.just(encode("PNG", 8, 8)),
        st.integers(2**15, 2**31 - 1),
    )
    return st.one_of(st.binary(max_size=64), whole, cut, changed, bombs)


def shapes():
    sizes = st.one_of(st.integers(-2, 6), st.sampled_from([28, 32, 33, 2**31, 2**62, 2**63 - 1, -(2**63)]))
    return st.builds(
        lambda dims, unknown: TensorShapeProto(dim=[TensorShapeProto.Dim(size=d) for d in dims], unknown_rank=unknown),
        st.lists(sizes, max_size=5),
        st.sampled_from([False] * 9 + [True]),
    )


def tensors():
    """Tensors of any type, shape and content, which mostly do not match."""
    values = {
        "float_val": st.lists(st.floats(width=32), max_size=6),
        "int_val": st.lists(st.integers(-(2**31), 2**31 - 1), max_size=6),
        "int64_val": st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
        "string_val": st.lists(st.binary(max_size=9), max_size=6),
        "bool_val": st.lists(st.booleans(), max_size=3),
        "tensor_content": st.binary(max_size=200),
    }
    types = [types_pb2.DT_FLOAT, types_pb2.DT_STRING, types_pb2.DT_INT32, *types_pb2.DataType.values(), 99, -5, 10**6]
    return st.builds(
        lambda dtype, shape, fields: TensorProto(dtype=dtype, tensor_shape=shape, **fields),
        st.sampled_from(types),
        shapes(),
        st.fixed_dictionaries({}, optional=values),
    )


NAMES = st.one_of(
    st.sampled_from(["lines", "", "image_bytes", "images", "widths", "text", "serving_default", "log_probs", "../.."]),
    st.text(max_size=20),
    st.just("x" * 3000),
)


def specs():
    def make(name, signature, choice):
        spec = ModelSpec(name=name, signature_name=signature)
        if isinstance(choice, int):
            spec.version.value = choice
        elif choice is not None:
            spec.version_label = choice
        return spec

    name = st.one_of(st.just("lines"), NAMES)
    choice = st.one_of(st.none(), st.just(1), st.integers(-(2**63), 2**63 - 1), st.text(max_size=5))
    signature = st.one_of(st.sampled_from(["", "serving_default", "log_probs", "__saved_model_init_op"]), NAMES)
    return st.builds(make, name, signature, choice)


@fuzzed
@given(images=st.lists(pictures(), min_size=1, max_size=40))
def test_any_images(caller, predict_request, images):
    codes = {"OK", "INVALID_ARGUMENT"} if len(images) <= 32 else {"INVALID_ARGUMENT"}
    caller.check(predict_request(image_bytes=images), codes)


@fuzzed
@given(
    spec=st.none() | specs(), inputs=st.dictionaries(NAMES, tensors(), max_size=3), outputs=st.lists(NAMES, max_size=3)
)
def test_any_requests(caller, spec, inputs, outputs):
    request = PredictRequest(model_spec=spec, inputs=inputs, output_filter=outputs)
    if spec is None:
        assert caller.check(request, REFUSED) == ("INVALID_ARGUMENT", "Missing ModelSpec")
        return
    caller.check(request, REFUSED | {"OK"})


@fuzzed
@given(
    sizes=st.tuples(*(st.sampled_from([size, size, size, 0, 2, 2**31, 2**62]) for size in (1, 28, 8, 1))),
    rows=st.sampled_from([0, 1, 2**62]),
)
def test_shapes_close_to_the_signature(caller, predict_request, sizes, rows):
    def tensor(dtype, shape):
        return TensorProto(dtype=dtype, tensor_shape={"dim": [{"size": size} for size in shape]})

    images, widths = tensor(types_pb2.DT_FLOAT, sizes), tensor(types_pb2.DT_INT32, (rows,))
    caller.check(predict_request(signature="log_probs", images=images, widths=widths), REFUSED | {"OK"})


@fuzzed
@given(picture=tensors())
def test_any_tensor_instead_of_images(caller, predict_request, picture):
    code, text = caller.check(predict_request(image_bytes=picture), {"OK", "INVALID_ARGUMENT"})
    if picture.dtype != types_pb2.DT_STRING:
        assert code == "INVALID_ARGUMENT"
        assert text.startswith(("Expects arg[0] to be string but ", "tensor parsing error: image_bytes", "Task size "))


@fuzzed
@given(images=tensors(), widths=tensors())
def test_any_tensors_instead_of_lines(caller, predict_request, images, widths):
    caller.check(predict_request(signature="log_probs", images=images, widths=widths), {"OK", "INVALID_ARGUMENT"})


@fuzzed
@given(
    lines=st.integers(0, 5),
    height=st.sampled_from([28, 28, 28, 1, 27]),
    width=st.integers(0, 50),
    widths=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5),
)
def test_lines_of_any_size(caller, predict_request, lines, height, width, widths):
    images = np.zeros((lines, height, width, 1), np.float32)
    request = predict_request(signature="log_probs", images=images, widths=np.array(widths, np.int32))
    code, text = caller.check(request, {"OK", "INVALID_ARGUMENT"})
    if height != 28:
        assert "is not compatible with expected shape [?,28,?,1]" in text
    elif lines != len(widths):
        assert text == "Batching Run() input tensors must have equal 0th-dimension size"


@fuzzed
@given(content=st.binary(max_size=300))
@pytest.mark.parametrize("path", [f"{SERVICE}/Predict", f"{SERVICE}/GetModelMetadata", f"{MODELS}/GetModelStatus"])
def test_any_bytes(caller, path, content):
    code, text = caller.send(path, content)
    if code == "INTERNAL":  # gRPC's answer to a message that it cannot parse
        assert text == "Exception deserializing request!"
        caller.check(content, {"INTERNAL"}, path)
    else:
        caller.check(content, REFUSED, path)


@fuzzed
@given(spec=specs(), fields=st.lists(st.just("signature_def") | NAMES, max_size=2))
def test_metadata_and_status_of_any_model(caller, spec, fields):
    metadata = GetModelMetadataRequest(model_spec=spec, metadata_field=fields)
    caller.check(metadata, {"OK"} | REFUSED, f"{SERVICE}/GetModelMetadata")
    caller.check(GetModelStatusRequest(model_spec=spec), {"OK", "NOT_FOUND"}, f"{MODELS}/GetModelStatus")


@fuzzed
@given(
    name=st.sampled_from(["lines", "other", ""]),
    path=st.sampled_from(["", "relative", "/nowhere", "/", "/etc/passwd", "/\0"]),
    platform=st.sampled_from(["tensorflow", "", "x"]),
    twice=st.booleans(),
)
def test_invalid_configurations(caller, name, path, platform, twice):
    request = ReloadConfigRequest()
    for _ in range(1 + twice):
        request.config.model_config_list.config.add(name=name, base_path=path, model_platform=platform)
    refused = {"INVALID_ARGUMENT"}
    codes = refused if twice or platform != "tensorflow" else refused | {"PERMISSION_DENIED"}
    caller.check(request, codes, f"{MODELS}/HandleReloadConfigRequest")
