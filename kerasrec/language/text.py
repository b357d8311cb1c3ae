"""What a language model is built from: texts in one normal form."""

import re
import unicodedata
from collections.abc import Iterable

STRAIGHT = str.maketrans({**dict.fromkeys("‘’", "'"), **dict.fromkeys("“”", '"')})
"""Typographic quotes and the straight ones that most people type instead."""

_HEADER = re.compile(r"^\*\*\* ?START OF .*$|^.*Proofreading Team at .*$", re.MULTILINE)
_FOOTER = re.compile(r"^\*\*\* ?END OF .*$|^End of (the )?Project Gutenberg.*$", re.MULTILINE)


def strip_gutenberg(text: str) -> str:
    r"""Removes what Project Gutenberg prints before and after a book, the licence included.

    >>> strip_gutenberg("*** START OF THE PROJECT GUTENBERG EBOOK ***\nCall me.\n*** END OF THE BOOK ***\nLicence")
    '\nCall me.\n'
    """
    footer = _FOOTER.search(text)
    text = text[: footer.start()] if footer else text
    headers = list(_HEADER.finditer(text))
    return text[headers[-1].end() :] if headers else text


def normalize_lines(texts: Iterable[str], characters: str | None = None) -> list[str]:
    r"""Returns the lines of texts in NFC, without empty ones; a run of white space becomes one space.

    >>> normalize_lines(["The  end.\n\n", "_Fin_"], "Tehnd.Fi")
    ['The end.', 'Fin']

    Args:
        texts: The texts.
        characters: The characters to keep; others are left out. All are kept if not given.
    """
    lines = []
    for text in texts:
        for line in unicodedata.normalize("NFC", text).splitlines():
            kept = line if characters is None else "".join(c for c in line if c in characters or c.isspace())
            if words := kept.split():
                lines.append(" ".join(words))
    return lines
