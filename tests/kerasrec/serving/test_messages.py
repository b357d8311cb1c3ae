"""Messages built from a table have the same bytes as those of a compiled `.proto`; invalid tables are refused."""

import pytest
from google.protobuf import text_format, wrappers_pb2

from kerasrec.serving.messages import Field, build_messages

MESSAGES = build_messages(
    "example.zoo",
    {
        "Animal": {
            "name": Field(1, "string"),
            "weights": Field(2, "float", repeated=True),
            "legs": Field(3, "int64", oneof="feet"),
            "hoofs": Field(4, "Count", oneof="feet"),
        },
        "Count": {"value": Field(1, "int64")},
        "Zoo": {"by_cage_name": Field(7, "Animal", key="string"), "animals": Field(8, "Animal", repeated=True)},
    },
)


def test_a_message_survives_a_round_trip():
    zoo = MESSAGES["Zoo"]()
    zoo.by_cage_name["north"].name = "Ä\U0001f40e"
    zoo.animals.add(weights=[0.5, -2.0], hoofs=MESSAGES["Count"](value=-(2**63)))
    read = MESSAGES["Zoo"].FromString(zoo.SerializeToString())
    assert read.by_cage_name["north"].name == "Ä\U0001f40e"
    assert list(read.animals[0].weights) == [0.5, -2.0]
    assert read.animals[0].hoofs.value == -(2**63)


def test_setting_a_field_of_a_oneof_clears_the_others():
    animal = MESSAGES["Animal"](legs=4)
    assert animal.WhichOneof("feet") == "legs"
    animal.hoofs.value = 4
    assert animal.WhichOneof("feet") == "hoofs"
    assert animal.legs == 0


def test_the_bytes_match_a_compiled_message():
    assert MESSAGES["Count"](value=300).SerializeToString() == wrappers_pb2.Int64Value(value=300).SerializeToString()
    assert MESSAGES["Animal"](weights=[1.0]).SerializeToString() == b"\x12\x04\x00\x00\x80\x3f"  # packed, as in proto3


def test_unknown_fields_are_skipped_and_kept():
    animal = MESSAGES["Animal"](name="horse", weights=[450.0])
    part = build_messages("part", {"Animal": {"name": Field(1, "string")}})["Animal"]
    read = part.FromString(animal.SerializeToString())
    assert read.name == "horse"
    assert MESSAGES["Animal"].FromString(read.SerializeToString()) == animal


def test_the_text_format_is_parsed():
    zoo = text_format.Parse('by_cage_name { key: "a" value { hoofs { value: 4 } } }', MESSAGES["Zoo"]())
    assert zoo.by_cage_name["a"].hoofs.value == 4
    with pytest.raises(text_format.ParseError, match=r'"example\.zoo\.Count" has no field named "worth"'):
        text_format.Parse("animals { hoofs { worth: 4 } }", MESSAGES["Zoo"]())


def test_names_can_be_reused():
    again = build_messages("example.zoo", {"Animal": {"name": Field(9, "string")}})["Animal"]
    assert again(name="a").SerializeToString() == b"\x4a\x01a"
    assert MESSAGES["Animal"](name="a").SerializeToString() == b"\x0a\x01a"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"a": Field(1, "Nothing")}, "Nothing"),
        ({"a": Field(1, "string"), "b": Field(1, "string")}, "duplicate field number"),
        ({"a": Field(0, "string")}, "ield number"),
    ],
)
def test_an_invalid_table_is_refused(fields, problem):
    with pytest.raises(TypeError, match=problem):
        build_messages("wrong", {"Message": fields})
