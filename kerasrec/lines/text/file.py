"""Sentences from the user's text file, one per line."""

from pathlib import Path

from kerasrec.errors import BadText
from kerasrec.text_file import read_text


def read_sentences(path: Path) -> list[str]:
    """Reads the lines of a UTF-8 text file; empty lines are skipped, and a byte order mark is accepted.

    The text is normalised to Unicode NFC: a letter followed by a combining accent becomes one character.

    Raises:
        BadText: The file is missing, is a folder, cannot be read, is not UTF-8 or has no text.
    """
    sentences = [line for line in read_text(path).splitlines() if line.strip()]
    if not sentences:
        raise BadText(f"{path} ({path.stat().st_size} bytes) has no text. Use a file with one sentence per line.")
    return sentences
