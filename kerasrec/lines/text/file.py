"""Sentences from the user's own text file, one a line."""

import unicodedata
from pathlib import Path

from kerasrec.errors import BadText


def read_sentences(path: Path) -> list[str]:
    """Reads the lines of a UTF-8 text file; empty lines are skipped, and a byte order mark is accepted.

    Letters written as base and accent become one character (Unicode NFC), so that an alphabet need hold only that.

    Raises:
        BadText: The file is missing, is a folder, cannot be read, is not UTF-8 or has no text in it.
    """
    content = _read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadText(
            f"{path} is to be UTF-8 text, but byte {error.start} (in line {line}) is 0x{content[error.start]:02x}, "
            "which is not. Save it as UTF-8, for instance with: iconv -f LATIN1 -t UTF-8."
        ) from error
    sentences = [line for line in unicodedata.normalize("NFC", text).splitlines() if line.strip()]
    if not sentences:
        raise BadText(f"{path} has {len(content)} bytes and no text in them. Give a file with a sentence a line.")
    return sentences


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise BadText(f"{path} is a folder, not a text file. Name a file in it.") from error
    except FileNotFoundError as error:
        raise BadText(f"There is no text file {path}. Check its name.") from error
    except OSError as error:
        raise BadText(f"{path} cannot be read ({error.strerror}). Check who may read it.") from error
