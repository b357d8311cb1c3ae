"""Where the sentences of synthetic lines come from."""

from collections.abc import Callable
from pathlib import Path

from kerasrec.text.corpus import Corpus

_Loader = Callable[[Path, bool, int], tuple[list[str], dict[str, int]]]


def _brown(data_dir: Path, keep_punctuation: bool, seed: int) -> tuple[list[str], dict[str, int]]:
    from kerasrec.text.brown import load_brown

    return load_brown(data_dir, keep_punctuation)


TEXTS: dict[str, _Loader] = {"brown": _brown}


def load_text(source: str, drawable: str, data_dir: Path, keep_punctuation: bool = False, seed: int = 42) -> Corpus:
    """Loads sentences and divides them."""
    sentences, dropped = TEXTS[source](data_dir, keep_punctuation, seed)
    return Corpus.from_sentences(source, sentences, drawable, dropped)
