"""The signatures of a SavedModel, and checks that a request fits one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo

from kerasrec.serving.server.arrays import Array, dtype_name, read_array, read_shape
from kerasrec.serving.server.failure import invalid
from kerasrec.serving.server.limits import Limits


class Input(NamedTuple):
    """An input of a signature.

    Attributes:
        alias: The input's name in requests.
        tensor: The input's name in the graph.
        dtype: The input's DataType.
        shape: The dimensions, -1 for any size; None for any shape.
    """

    alias: str
    tensor: str
    dtype: int
    shape: tuple[int, ...] | None

    @classmethod
    def from_info(cls, alias: str, info: TensorInfo) -> "Input":
        """Creates an input from its description in a SavedModel."""
        shape = info.tensor_shape
        return cls(alias, info.name, info.dtype, None if shape.unknown_rank else tuple(d.size for d in shape.dim))


class Signature:
    """The inputs and outputs of a function of a model.

    Attributes:
        definition: The signature's definition in the SavedModel.
        inputs: The inputs, ordered like TensorFlow numbers them, by their names in the graph.
        outputs: The names of the outputs in the graph, by their names in responses.
    """

    def __init__(self, definition: SignatureDef) -> None:
        self.definition = definition
        inputs = (Input.from_info(alias, info) for alias, info in definition.inputs.items())
        self.inputs = sorted(inputs, key=lambda each: each.tensor)
        self.outputs = {alias: definition.outputs[alias].name for alias in sorted(definition.outputs)}

    def read(self, tensors: Mapping[str, TensorProto], limits: Limits) -> list[Array]:
        """Returns the arrays to feed, in the order of `inputs`.

        Raises:
            ServingError: An input is missing or unknown, or has another type, shape or size.
        """
        self._check_count(tensors)
        given = [self._find(each, tensors) for each in self.inputs]
        shapes = [read_shape(tensor, each.alias) for each, tensor in zip(self.inputs, given, strict=True)]
        for shape in shapes:
            if shape and shape[0] > limits.images:
                raise invalid(f"Task size {shape[0]} is larger than maximum input batch size {limits.images}")
        for number, (each, tensor, shape) in enumerate(zip(self.inputs, given, shapes, strict=True)):
            _check_type(number, each, tensor)
            _check_shape(each, shape)
        return [
            read_array(tensor, shape, each.alias, limits.message_bytes)
            for each, tensor, shape in zip(self.inputs, given, shapes, strict=True)
        ]

    def wanted_outputs(self, output_filter: Sequence[str]) -> list[str]:
        """Returns the outputs that a request names, or all if it names none.

        Raises:
            ServingError: An output is unknown or named twice.
        """
        seen: set[str] = set()
        for alias in output_filter:
            if alias not in self.outputs:
                raise invalid(
                    f"output tensor alias not found in signature: {alias} Outputs expected to be in the set "
                    f"{_set(self.outputs)}."
                )
            if alias in seen:
                raise invalid(f"duplicate output tensor alias: {alias}")
            seen.add(alias)
        return list(output_filter) or list(self.outputs)

    def _check_count(self, tensors: Mapping[str, TensorProto]) -> None:
        sent, needed = set(tensors), {each.alias for each in self.inputs}
        if len(sent) == len(needed) or (len(sent) < len(needed) and self.definition.defaults):
            return
        raise invalid(
            f"input size does not match signature: {len(sent)}!={len(needed)} len({_set(sent)}) != "
            f"len({_set(needed)}). Sent extra: {_set(sent - needed)}. Missing but required: {_set(needed - sent)}."
        )

    def _find(self, wanted: Input, tensors: Mapping[str, TensorProto]) -> TensorProto:
        if wanted.alias in tensors:
            return tensors[wanted.alias]
        defaults = self.definition.defaults
        if wanted.alias in defaults:
            return defaults[wanted.alias]
        raise invalid(
            f"Signature input alias: {wanted.alias}(feed name: {wanted.tensor}) not found in request and no default "
            f"value provided. Inputs expected to be in the request {_set(tensors)}, or default input alias set: "
            f"{','.join(sorted(defaults))}"
        )


def _set(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _check_type(number: int, wanted: Input, tensor: TensorProto) -> None:
    given = dtype_name(tensor.dtype, wanted.alias)
    if tensor.dtype != wanted.dtype:
        expected = dtype_name(wanted.dtype, wanted.alias)
        raise invalid(f"Expects arg[{number}] to be {expected} but {given} is provided")


def _check_shape(wanted: Input, shape: tuple[int, ...]) -> None:
    """Checks the shape, which TensorFlow does not: a tensor of another rank can crash the process."""
    if wanted.shape is None:
        return
    fits = len(shape) == len(wanted.shape) and all(
        expected in (-1, size) for expected, size in zip(wanted.shape, shape, strict=True)
    )
    if not fits:
        expected = ",".join("?" if size < 0 else str(size) for size in wanted.shape)
        name, received = wanted.tensor.removesuffix(":0"), ",".join(map(str, shape))
        raise invalid(f"Shape of tensor {name} [{received}] is not compatible with expected shape [{expected}]")
