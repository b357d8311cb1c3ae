"""The alphabet: the ordered tokens that a recognizer can output, and the conversion between text and ids."""

import string
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasrec.errors import UnknownCharacter, UsageError

SPECIAL_TOKENS = ("<B>", "<S>", "<E>", "<P>")
_DEFAULT_CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase + " !\"#&'()*+,-./:;?"
_RIGHT_TO_LEFT = ("R", "AL", "AN", "RLE", "RLO", "RLI")


@dataclass(frozen=True)
class Alphabet:
    """Ordered characters, preceded by four special tokens: CTC blank, start, end and padding.

    The default has the 83 tokens of the Full Stack Deep Learning 2021 labs: the special tokens, the 62 classes of
    EMNIST ByClass and the punctuation of IAM.

    >>> alphabet = Alphabet()
    >>> len(alphabet), alphabet.encode("a b"), alphabet.decode([0, 40, 66, 41, 3])
    (83, [40, 66, 41], 'a b')

    Attributes:
        characters: The characters in the order of their ids; the first has id 4.
    """

    BLANK: ClassVar[int] = 0
    START: ClassVar[int] = 1
    END: ClassVar[int] = 2
    PADDING: ClassVar[int] = 3

    characters: str = _DEFAULT_CHARACTERS

    def __post_init__(self) -> None:
        repeated = sorted({c for c in self.characters if self.characters.count(c) > 1})
        if not self.characters or repeated:
            problem = f"it repeats {''.join(repeated)!r}" if repeated else "it is empty"
            raise UsageError(f"An alphabet needs one or more distinct characters, but {problem}.")
        if any(c in "\n\r" for c in self.characters):
            raise UsageError("An alphabet cannot contain a line break, which ends a line of text. Remove it.")
        check_characters([c for c in self.characters if unicodedata.category(c) == "Cs"])  # no file could hold them
        object.__setattr__(self, "_ids", {c: i for i, c in enumerate(self.tokens) if i >= len(SPECIAL_TOKENS)})

    @classmethod
    def from_text(cls, text: str) -> "Alphabet":
        """Makes an alphabet of all characters in `text` except line breaks, in code point order.

        >>> Alphabet.from_text("cabbage").characters
        'abceg'
        """
        return cls("".join(sorted(set(text) - set("\n\r"))))

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens; the position of a token is its id."""
        return (*SPECIAL_TOKENS, *self.characters)

    def __len__(self) -> int:
        return len(SPECIAL_TOKENS) + len(self.characters)

    def __contains__(self, character: str) -> bool:
        return character in self._ids  # type: ignore[attr-defined]

    def encode(self, text: str, line: str | int | None = None) -> list[int]:
        """Converts a text to ids.

        Args:
            text: The text of one line.
            line: The line's number or file name, for the error message.

        Raises:
            UnknownCharacter: A character is not in the alphabet; the message has its position, counted from 1.
        """
        try:
            return [self._ids[c] for c in text]  # type: ignore[attr-defined]
        except KeyError:
            position, character = next((i, c) for i, c in enumerate(text, 1) if c not in self)
        where = f"position {position}" + (f" of line {line}" if line is not None else f" of {text!r}")
        raise UnknownCharacter(
            f"The character {character!r} (U+{ord(character):04X}) at {where} is not in the alphabet "
            f"of {len(self.characters)} characters. Remove it from the text or use an alphabet that has it."
        )

    def decode(self, ids: Iterable[int]) -> str:
        """Converts ids to text and skips special tokens."""
        tokens = self.tokens
        return "".join(tokens[i] for i in ids if i >= len(SPECIAL_TOKENS))

    def encode_batch(self, texts: Sequence[str], length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Converts texts to padded labels.

        Args:
            texts: B texts.
            length: The length L to pad to; that of the longest text if not given.

        Returns:
            labels (B, L) int32, padded with `PADDING`, and lengths (B,) int32.
        """
        ids = [self.encode(text, line) for line, text in enumerate(texts, 1)]
        lengths = np.array([len(row) for row in ids], np.int32)
        labels = np.full((len(ids), length or max(lengths, default=0)), self.PADDING, np.int32)
        for row, line in zip(labels, ids, strict=True):
            row[: len(line)] = line
        return labels, lengths


def check_characters(characters: Iterable[str]) -> None:
    """Checks the characters of an alphabet to train with: each can occur in the text of a line.

    Raises:
        UsageError: A character is white space other than the space, a control character, half of a surrogate pair, not
            in Unicode NFC as texts are, or written from right to left.
    """
    for character in characters:
        if reason := _find_problem(character):
            raise UsageError(f"An alphabet cannot contain {describe_character(character)}, which {reason}.")


def describe_character(character: str) -> str:
    """Shows a character with its code point.

    >>> describe_character("\u00e9")
    "'\u00e9' (U+00E9)"
    """
    return f"{character!r} (U+{ord(character):04X})"


def describe_characters(characters: Sequence[str]) -> str:
    """Lists characters with their code points, at most ten of them.

    >>> describe_characters("ab")
    "'a' (U+0061), 'b' (U+0062)"
    """
    return ", ".join([*map(describe_character, characters[:10]), *(["..."] if len(characters) > 10 else [])])


def runs_left(character: str) -> bool:
    """Whether a character is written from right to left, or its digits stand among such characters.

    >>> runs_left("\N{HEBREW LETTER ALEF}"), runs_left("a")
    (True, False)
    """
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def is_combining(character: str) -> bool:
    """Whether a character is a mark on the character before it.

    >>> is_combining("\N{COMBINING CIRCUMFLEX ACCENT}"), is_combining("\u00ea")
    (True, False)
    """
    return unicodedata.category(character).startswith("M")


def _find_problem(character: str) -> str | None:
    normal, category = unicodedata.normalize("NFC", character), unicodedata.category(character)
    if category == "Cs":
        return "is half of a surrogate pair, which no file can hold. Give the whole character"
    if runs_left(character):
        return "is written from right to left: lines are read from left to right only"
    if (character.isspace() and character != " ") or category == "Cc":
        return "is no visible character: in texts, all white space is one space. Leave it out"
    if normal != character:
        return f"never occurs, as texts are in Unicode NFC. Give {' '.join(map(describe_character, normal))} instead"
    return None
