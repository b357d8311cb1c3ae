"""The alphabet: the ordered tokens that a recognizer can output, and the conversion between text and ids."""

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasrec.errors import UnknownCharacter, UsageError

SPECIAL_TOKENS = ("<B>", "<S>", "<E>", "<P>")
_DEFAULT_CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase + " !\"#&'()*+,-./:;?"


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
