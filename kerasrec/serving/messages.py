"""Builds protobuf messages at run time from a small table, where no installed package has lightweight stubs.

On the wire, a message consists of the numbers and types of its fields. Messages built from the needed fields alone are
compatible with the full `.proto`, skip unknown fields, and take a millisecond instead of an import of TensorFlow.
"""

from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClassesForFiles


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        number: The field's number on the wire.
        type: A scalar type of proto3 ("string", "int64", "float"), or a message of the same table; "int32" for an enum.
        repeated: Whether the field is a list.
        key: For a map, the scalar type of its keys; its values have `type`.
        oneof: The name of a group in which at most one field is set.
    """

    number: int
    type: str
    repeated: bool = False
    key: str = ""
    oneof: str = ""


def build_messages(package: str, spec: Mapping[str, Mapping[str, Field]]) -> dict[str, type[Message]]:
    r"""Builds proto3 message classes, outside of any global registry.

    >>> messages = build_messages("example", {"Point": {"x": Field(1, "int64"), "label": Field(2, "string")}})
    >>> messages["Point"](x=3, label="a").SerializeToString()
    b'\x08\x03\x12\x01a'

    Args:
        package: The package of the messages, which appears in errors.
        spec: The fields of each message by name.

    Returns:
        The message classes by name.

    Raises:
        TypeError: The table has a type that is neither a scalar nor a message in it, or the same number twice.
    """
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in spec.items():
        _describe(file.message_type.add(name=name), f".{package}", fields)
    pool = DescriptorPool()
    pool.Add(file)
    classes = GetMessageClassesForFiles([file.name], pool)
    return {name: classes[f"{package}.{name}"] for name in spec}


def _describe(message: DescriptorProto, package: str, fields: Mapping[str, Field]) -> None:
    oneofs = list(dict.fromkeys(field.oneof for field in fields.values() if field.oneof))
    for oneof in oneofs:
        message.oneof_decl.add(name=oneof)
    for name, field in fields.items():
        described = message.field.add(name=name, number=field.number)
        if field.key:
            entry = _add_entry(message, package, name, field)
            field = Field(field.number, f"{message.name}.{entry}", repeated=True)
        _set_type(described, package, field)
        if field.oneof:
            described.oneof_index = oneofs.index(field.oneof)


def _add_entry(message: DescriptorProto, package: str, name: str, field: Field) -> str:
    """Adds the message for a map's entries, and returns its name, which protobuf prescribes."""
    entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    for number, (part, type) in enumerate((("key", field.key), ("value", field.type)), 1):
        _set_type(entry.field.add(name=part, number=number), package, Field(number, type))
    return entry.name


def _set_type(described: FieldDescriptorProto, package: str, field: Field) -> None:
    scalar = FieldDescriptorProto.Type.DESCRIPTOR.values_by_name.get(f"TYPE_{field.type.upper()}")
    described.label = FieldDescriptorProto.LABEL_REPEATED if field.repeated else FieldDescriptorProto.LABEL_OPTIONAL
    if scalar is not None:
        described.type = scalar.number
    else:
        described.type = FieldDescriptorProto.TYPE_MESSAGE
        described.type_name = f"{package}.{field.type}"
