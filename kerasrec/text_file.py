"""Reads a UTF-8 text file; says what is wrong with one that is not, and how to convert it."""

import codecs
import unicodedata
from pathlib import Path

from kerasrec.errors import BadText


def read_text(path: Path, form: str | None = "NFC") -> str:
    """Reads a UTF-8 text file, with or without a byte order mark, in a Unicode normalization form, or as it is.

    Raises:
        BadText: The file is missing, is a folder, cannot be read or is not UTF-8.
    """
    content = _read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadText(
            f"{path} is not UTF-8 text: byte {error.start} (in line {line}) is 0x{content[error.start]:02x}. "
            f"Convert it to UTF-8, for instance with: iconv -f {_guess_encoding(content)} -t UTF-8."
        ) from error
    if _guess_encoding(content) == "UTF-16":
        raise BadText(
            f"{path} is not UTF-8 text: many of its bytes are 0, as in UTF-16. Convert it to UTF-8, for instance with: "
            "iconv -f UTF-16 -t UTF-8."
        )
    return unicodedata.normalize(form, text) if form else text  # type: ignore[arg-type]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise BadText(f"{path} is a folder, not a text file. Choose a file.") from error
    except FileNotFoundError as error:
        raise BadText(f"The text file {path} does not exist. Check its name.") from error
    except OSError as error:
        raise BadText(f"{path} cannot be read ({error.strerror}). Check its permissions.") from error


def _guess_encoding(content: bytes) -> str:
    """Guesses in which encoding a text is that is not UTF-8."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or content.count(0) > len(content) // 4
    return "UTF-16" if is_wide else "LATIN1"
