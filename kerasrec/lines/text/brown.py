"""The Brown corpus: 57,340 sentences of American English from 1961, as NLTK holds it (non-commercial use)."""

import io
import logging
import re
import string
import urllib.request
import zipfile
import zlib
from pathlib import Path

from kerasrec.errors import CannotWrite, DataUnavailable

_REACH_SECONDS = 10
_log = logging.getLogger("kerasrec")


def load_brown(data_dir: Path, keep_punctuation: bool = False) -> tuple[list[str], dict[str, int]]:
    """Reads the sentences, from the zip as it is or from an unpacked folder; nothing is written if one is there.

    By default punctuation is removed, the reference's rule: no character of `string.punctuation` stays, so that
    "Atlanta's" becomes "Atlantas". If it is kept, tokens are joined as they would be printed.

    Args:
        data_dir: Folder that holds nltk_data/corpora/brown.zip, or into which it is downloaded.
        keep_punctuation: Whether punctuation stays.

    Returns:
        The sentences, and what was left out with its count.

    Raises:
        DataUnavailable: The corpus is not there and cannot be downloaded, or it cannot be read.
        CannotWrite: The folder to download into cannot be made.
    """
    sentences = [" ".join(words) for words in read_words(data_dir)]
    if keep_punctuation:
        return [detokenize(sentence) for sentence in sentences], {}
    return remove_punctuation(sentences)


def read_words(data_dir: Path, files: str = r"c[a-r]\d\d") -> list[list[str]]:
    """Reads the words of each sentence: what `nltk.corpus.brown.sents()` gives, in a tenth of its time.

    The files are read without NLTK, which refuses those that other accounts own or may write to.

    Args:
        data_dir: Folder that holds nltk_data/, or into which it is downloaded.
        files: Pattern of the names of the corpus files to read.
    """
    corpora = data_dir.expanduser().absolute() / "nltk_data" / "corpora"
    if not any((corpora / name).exists() for name in ("brown.zip", "brown")):
        _download(corpora)
    try:
        tagged = _read_files(corpora, files)
    except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, OSError) as error:
        raise DataUnavailable(
            f"The Brown corpus in {corpora} cannot be read ({error}). Remove it, and it is downloaded again, "
            "or place a sound brown.zip there."
        ) from error
    # One line a sentence, words as word/tag, where the word may hold a slash too.
    return [[word.rsplit("/", 1)[0] for word in line.split()] for line in tagged.split("\n") if line.strip()]


def remove_punctuation(sentences: list[str]) -> tuple[list[str], dict[str, int]]:
    """Removes all of `string.punctuation`, and the spaces that this leaves double.

    >>> remove_punctuation(["Atlanta's `` no evidence '' ."])
    (['Atlantas no evidence'], {'punctuation marks, left out because keep_punctuation is off': 6})
    """
    before = "\n".join(sentences)
    after = before.translate(str.maketrans("", "", string.punctuation))
    removed = {"punctuation marks, left out because keep_punctuation is off": len(before) - len(after)}
    return [" ".join(sentence.split()) for sentence in after.split("\n")], removed


def detokenize(sentence: str) -> str:
    """Joins Brown's tokens, which have spaces between, as they would be printed.

    Brown writes every ; ? and ! twice, a full stop also behind an abbreviation's, and quotes as in TeX.

    >>> detokenize("`` Did he go ? ? '' she asked ( softly ) ; ; `` yes , home '' .")
    '"Did he go?" she asked (softly); "yes, home".'
    """
    sentence = re.sub(r"(?<!\S)([;?!]) \1(?!\S)", r"\1", sentence)
    sentence = re.sub(r"\. \.(?!\S)", ".", sentence)
    sentence = re.sub(r" (''|[.,;:?!)\]])(?!\S)", r"\1", sentence)
    sentence = re.sub(r"(?<!\S)(``|[(\[]) ", r"\1", sentence)
    return sentence.replace("``", '"').replace("''", '"')


def _read_files(corpora: Path, files: str) -> str:
    archive = corpora / "brown.zip"
    folder = zipfile.Path(archive, "brown/") if archive.exists() else corpora / "brown"
    names = sorted(file.name for file in folder.iterdir() if re.fullmatch(files, file.name))
    if not names:
        raise FileNotFoundError(f"none of its files matches {files}")
    return "\n".join((folder / name).read_text("ascii") for name in names)


def _download(corpora: Path) -> None:
    _log.info("Downloading the Brown corpus (3.2 MB) into %s.", corpora)
    folder = corpora.parent
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)  # NLTK downloads into none that a group may write to
    except OSError as error:
        raise CannotWrite(
            f"The Brown corpus is to be downloaded into {folder}, but that folder cannot be made "
            f"({error.strerror}). Name another with --data-dir."
        ) from error
    from nltk.downloader import Downloader

    try:
        # NLTK itself waits for minutes where a network is silent.
        urllib.request.urlopen(Downloader.DEFAULT_URL, timeout=_REACH_SECONDS).close()
        Downloader().download("brown", str(folder), quiet=True, raise_on_error=True, print_error_to=io.StringIO())
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            f"The Brown corpus is not in {corpora} and cannot be downloaded ({error}). Use --text offline, which needs "
            "no download, name the folder that holds nltk_data with --data-dir, or place brown.zip in that place."
        ) from error
