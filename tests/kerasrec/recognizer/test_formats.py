import csv
import io
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrec.decoding import Character, Reading
from kerasrec.errors import UsageError
from kerasrec.recognizer.formats import format_reading, format_readings

READING = Reading("To", 0.87654321, (Character("T", 0.9999999, 1.04, 13.96), Character("o", 0.87654321, 13.96, 30.0)))

without_breaks = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"))


def test_a_line_of_text_has_path_text_and_confidence():
    assert format_reading("a b.png", READING, "text") == "a b.png\tTo\t0.8765"


def test_json_has_the_characters_with_their_positions():
    assert json.loads(format_reading("a.png", READING, "jsonl")) == {
        "path": "a.png",
        "text": "To",
        "confidence": 0.8765,
        "characters": [
            {"text": "T", "confidence": 1.0, "start": 1.0, "end": 14.0},
            {"text": "o", "confidence": 0.8765, "start": 14.0, "end": 30.0},
        ],
    }


def test_csv_has_a_header_once():
    lines = format_readings([("a.png", READING), ("b.png", Reading("", 1.0, ()))], "csv")
    assert list(lines) == ["path,text,confidence", "a.png,To,0.8765", "b.png,,1.0000"]
    assert list(format_readings([], "csv")) == ["path,text,confidence"]


@pytest.mark.parametrize("format", ["text", "jsonl"])
def test_other_formats_have_no_header(format):
    assert list(format_readings([("a.png", READING)] * 2, format)) == [format_reading("a.png", READING, format)] * 2


@pytest.mark.parametrize(("format", "before"), [("text", 0), ("jsonl", 0), ("csv", 1)])
def test_each_line_is_yielded_as_soon_as_its_reading_is_available(format, before):
    endless = ((f"{i}.png", READING) for i in itertools.count())
    lines = list(itertools.islice(format_readings(endless, format), before + 3))
    assert "2.png" in lines[-1]
    assert next(endless)[0] == "3.png"


@given(without_breaks, without_breaks)
def test_csv_and_json_can_be_parsed(path, text):
    reading = Reading(text, 0.5, tuple(Character(c, 0.5, 0.0, 1.0) for c in text))
    assert list(csv.reader([format_reading(path, reading, "csv")], strict=True)) == [[path, text, "0.5000"]]
    line = format_reading(path, reading, "jsonl")
    assert "\n" not in line
    assert json.loads(line)["path"] == path
    assert "".join(character["text"] for character in json.loads(line)["characters"]) == text


@pytest.mark.parametrize("format", ["text", "jsonl", "csv"])
def test_a_path_that_is_not_utf8_can_be_printed(format):
    path = b"caf\xe9.png".decode(errors="surrogateescape")
    assert "caf\ufffd.png" in format_reading(path, READING, format).encode("utf-8").decode()


@pytest.mark.parametrize("path", ["a\nb.png", "a\r\nb.png", "a\tb.png", 'a"b,c\n.png', "\x1b[2J.png", "a\u2028b.png"])
def test_a_path_with_any_character_is_one_field(path):
    table = "\n".join(format_readings([(path, READING), ("b.png", READING)], "csv"))
    assert list(csv.reader(io.StringIO(table, newline=""), strict=True))[1:] == [
        [path, "To", "0.8765"],
        ["b.png", "To", "0.8765"],
    ]
    escaped = path.encode("unicode_escape").decode()
    assert format_reading(path, READING, "text") == f"{escaped}\tTo\t0.8765"


def test_an_unknown_format_raises_immediately():
    with pytest.raises(UsageError, match="one of text, jsonl, csv, but is 'xml'"):
        format_readings([], "xml")
    with pytest.raises(UsageError, match="but is 'xml'"):
        format_reading("a.png", READING, "xml")
