"""Character language models: how likely a text is before its picture is seen. NumPy only."""

from kerasrec.language.model import BONUS, WEIGHT, LanguageModel
from kerasrec.language.packaged import LanguageModelLike, list_names, open_language_model
from kerasrec.language.prior import LanguagePrior

__all__ = [
    "BONUS",
    "WEIGHT",
    "LanguageModel",
    "LanguageModelLike",
    "LanguagePrior",
    "list_names",
    "open_language_model",
]
