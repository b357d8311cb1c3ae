"""From the tensors of an answer to readings."""

from collections.abc import Iterator, Mapping
from typing import Any

from kerasrec.decoding import Character, Reading
from kerasrec.serving import wire
from kerasrec.serving.client.protocol import FLOAT, INT32
from kerasrec.serving.client.tensors import read_numbers, read_strings

_OF_PICTURES = (wire.TEXT, wire.CONFIDENCE, wire.CHARACTER_COUNT)
_OF_CHARACTERS = (wire.CHARACTER_CONFIDENCE, wire.CHARACTER_START, wire.CHARACTER_END)


def to_readings(outputs: Mapping[str, Any], count: int) -> Iterator[Reading]:
    """Makes a reading for each of `count` pictures.

    Args:
        outputs: Tensors by their names, as `kerasrec.serving.wire` says; others are not looked at.
        count: The number of pictures that were sent.

    Raises:
        ValueError: A tensor is missing, is of another type, or is not of as many pictures.
    """
    missing = [name for name in (*_OF_PICTURES, *_OF_CHARACTERS) if name not in outputs]
    if missing:
        raise ValueError(f"it gives no {', '.join(missing)}")
    texts = [text.decode() for text in read_strings(outputs[wire.TEXT])]
    confidences = read_numbers(outputs[wire.CONFIDENCE], FLOAT, 1).tolist()
    lengths = read_numbers(outputs[wire.CHARACTER_COUNT], INT32, 1).tolist()
    rows = [read_numbers(outputs[name], FLOAT, 2) for name in _OF_CHARACTERS]
    sizes = {len(values) for values in (texts, confidences, lengths, *rows)}
    if sizes != {count}:
        raise ValueError(f"it gives results for {sorted(sizes)} pictures where {count} were sent")
    for i, (text, confidence, length) in enumerate(zip(texts, confidences, lengths, strict=True)):
        values = (row[i, :length].tolist() for row in rows)
        yield Reading(text, confidence, tuple(map(Character, text, *values)))
