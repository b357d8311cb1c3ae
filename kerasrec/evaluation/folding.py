"""Ignores differences between texts that a user does not count as errors: case, punctuation, accents."""

import unicodedata
from dataclasses import dataclass, replace

from kerasrec.evaluation.readings import Readings

_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―", "-"),
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
    }
)


@dataclass(frozen=True)
class Folding:
    """What is ignored when texts are compared.

    >>> Folding(case=True, punctuation=True, accents=True).apply("L’Été — œuvre!")
    'lete oeuvre'

    Attributes:
        case: Whether upper and lower case are the same.
        punctuation: Whether punctuation marks are left out.
        accents: Whether accents are left out, ligatures are written as two letters, and typographic quotes and dashes
            are those of a typewriter.
    """

    case: bool = False
    punctuation: bool = False
    accents: bool = False

    def apply(self, text: str) -> str:
        """Folds a text; where punctuation is left out, runs of spaces become one."""
        if self.accents:
            parts = unicodedata.normalize("NFD", text.translate(_MARKS))
            text = unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))
        if self.punctuation:
            text = " ".join("".join(c for c in text if not unicodedata.category(c).startswith("P")).split())
        return text.casefold() if self.case else text

    def fold(self, readings: Readings) -> Readings:
        """Folds the true texts and those that were read; what belongs to single characters is left out."""
        if self == Folding():
            return readings
        return replace(
            readings,
            references=[self.apply(text) for text in readings.references],
            readings=[replace(each, text=self.apply(each.text)) for each in readings.readings],
            boxes=None,
            tokens=None,
            labels=None,
        )

    def describe(self) -> str:
        """Returns what is ignored, as words; "" for nothing."""
        ignored = [name for name in ("case", "punctuation", "accents") if getattr(self, name)]
        return f"ignoring {', '.join(ignored)}" if ignored else ""
