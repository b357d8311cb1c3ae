"""Sources of sentences for synthetic lines."""

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
"""The named sources; any other source is the path of a text file."""


def load_text(
    source: str,
    drawable: str,
    data_dir: Path,
    keep_punctuation: bool = False,
    seed: int = 42,
    explain: Callable[[str], str] = lambda character: "cannot be drawn",
) -> Corpus:
    """Loads sentences, removes characters that cannot be drawn and splits the rest into training, validation and test.

    Args:
        source: "brown" (NLTK's Brown corpus), "offline" (generated here, no download) or the path of a UTF-8 text
            file with one sentence per line.
        drawable: All characters that can be drawn, including the space.
        data_dir: The folder with nltk_data/; "brown" is read from there, and downloaded there if missing.
        keep_punctuation: Whether "brown" keeps its punctuation, which the reference removes. The other sources always
            keep theirs.
        seed: The seed of the sentences of "offline".
        explain: Describes why a character cannot be drawn.

    Raises:
        UsageError: There is no such source.
        BadText: The source is not readable UTF-8 text, or has too few sentences that can be drawn.
        DataUnavailable: The Brown corpus is missing and cannot be downloaded.
        CannotWrite: The download folder cannot be created.
    """
    if source in TEXTS:
        sentences, dropped = TEXTS[source](data_dir, keep_punctuation, seed)
        return Corpus.from_sentences(source, sentences, drawable, dropped, explain)

    from kerasrec.lines.text.file import read_sentences

    file = Path(source).expanduser()
    if not file.exists():
        raise UsageError(f"The text must be one of {', '.join(TEXTS)} or an existing file, but is {source!r}.")
    return Corpus.from_sentences(source, read_sentences(file), drawable, explain=explain)
