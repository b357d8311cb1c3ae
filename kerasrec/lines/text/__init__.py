"""Where the sentences of synthetic lines come from."""

from collections.abc import Callable
from pathlib import Path

from kerasrec.errors import UsageError
from kerasrec.lines.text.corpus import Corpus

_Loader = Callable[[Path, bool, int], tuple[list[str], dict[str, int]]]


def _load_brown(data_dir: Path, keep_punctuation: bool, seed: int) -> tuple[list[str], dict[str, int]]:
    from kerasrec.lines.text.brown import load_brown

    return load_brown(data_dir, keep_punctuation)


def _load_offline(data_dir: Path, keep_punctuation: bool, seed: int) -> tuple[list[str], dict[str, int]]:
    from kerasrec.lines.text.offline import generate_sentences

    return generate_sentences(seed=seed), {}


TEXTS: dict[str, _Loader] = {"brown": _load_brown, "offline": _load_offline}
"""The sources that have a name; any other source is the path of a text file."""


def load_text(source: str, drawable: str, data_dir: Path, keep_punctuation: bool = False, seed: int = 42) -> Corpus:
    """Loads sentences, keeps what can be drawn and divides them into training, validation and test.

    Args:
        source: "brown" (NLTK's Brown corpus), "offline" (generated here, no download) or the path of a UTF-8 text
            file with a sentence a line.
        drawable: All characters that can be drawn, the space among them.
        data_dir: Folder that holds nltk_data/, read and downloaded into by "brown".
        keep_punctuation: Whether "brown" keeps its punctuation, which the reference removes; the others always do.
        seed: Chooses the sentences of "offline".

    Raises:
        UsageError: There is no such source.
        BadText: The source is no readable UTF-8 text, or has too few sentences that can be drawn.
        DataUnavailable: The Brown corpus is neither here nor can it be downloaded.
        CannotWrite: The folder to download into cannot be made.
    """
    if source in TEXTS:
        sentences, dropped = TEXTS[source](data_dir, keep_punctuation, seed)
        return Corpus.from_sentences(source, sentences, drawable, dropped)

    from kerasrec.lines.text.file import read_sentences

    file = Path(source).expanduser()
    if not file.exists():
        raise UsageError(f"Expected text from {', '.join(TEXTS)} or a file that exists, but received {source!r}.")
    return Corpus.from_sentences(source, read_sentences(file), drawable)
