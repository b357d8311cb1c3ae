"""Turns the tensors of a response into readings."""

from collections.abc import Iterator, Mapping
from typing import Any

from kerasrec.decoding import Character, Reading
from kerasrec.serving import wire
from kerasrec.serving.client.protocol import FLOAT, INT32
from kerasrec.serving.client.tensors import read_numbers, read_strings

_IMAGE_OUTPUTS = (wire.TEXT, wire.CONFIDENCE, wire.CHARACTER_COUNT)
_CHARACTER_OUTPUTS = (wire.CHARACTER_CONFIDENCE, wire.CHARACTER_START, wire.CHARACTER_END)


def to_readings(outputs: Mapping[str, Any], count: int) -> Iterator[Reading]:
    """Yields a reading for each of `count` images.

    Args:
        outputs: The tensors by their names in `kerasrec.serving.wire`; others are ignored.
        count: The number of images that were sent.

    Raises:
        ValueError: A tensor is missing, has another type, or has results for another number of images.
    """
    missing = [name for name in (*_IMAGE_OUTPUTS, *_CHARACTER_OUTPUTS) if name not in outputs]
    if missing:
        raise ValueError(f"it does not return {', '.join(missing)}")
    texts = [text.decode() for text in read_strings(outputs[wire.TEXT])]
    confidences = read_numbers(outputs[wire.CONFIDENCE], FLOAT, 1).tolist()
    lengths = read_numbers(outputs[wire.CHARACTER_COUNT], INT32, 1).tolist()
    rows = [read_numbers(outputs[name], FLOAT, 2) for name in _CHARACTER_OUTPUTS]
    sizes = {len(values) for values in (texts, confidences, lengths, *rows)}
    if sizes != {count}:
        raise ValueError(f"it returns results for {sorted(sizes)} images, but {count} were sent")
    for i, (text, confidence, length) in enumerate(zip(texts, confidences, lengths, strict=True)):
        values = (row[i, :length].tolist() for row in rows)
        yield Reading(text, confidence, tuple(map(Character, text, *values)))
