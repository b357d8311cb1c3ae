"""The Brown corpus as distributed by NLTK: 57,340 sentences of American English from 1961 (non-commercial use)."""

import io
import logging
import re
import string
import urllib.request
import zipfile
import zlib
from pathlib import Path

from kerasrec.errors import CannotWrite, DataUnavailable

_CONNECT_SECONDS = 10
_log = logging.getLogger("kerasrec")


def load_brown(data_dir: Path, keep_punctuation: bool = False) -> tuple[list[str], dict[str, int]]:
    """Reads the sentences from the zip or from an unpacked folder, and downloads the zip if both are missing.

    By default, all characters of `string.punctuation` are removed, as in the reference: "Atlanta's" becomes
    "Atlantas". If punctuation is kept, the tokens are joined as they would be printed.

    Args:
        data_dir: The folder with nltk_data/corpora/brown.zip; a missing zip is downloaded there.
        keep_punctuation: Whether to keep punctuation.

    Returns:
        The sentences, and the number of characters left out by description.

    Raises:
        DataUnavailable: The corpus is missing and cannot be downloaded, or it cannot be read.
        CannotWrite: The download folder cannot be created.
    """
    sentences = [" ".join(words) for words in read_words(data_dir)]
    if keep_punctuation:
        return [detokenize(sentence) for sentence in sentences], {}
    return remove_punctuation(sentences)


def read_words(data_dir: Path, files: str = r"c[a-r]\d\d") -> list[list[str]]:
    """Reads the words of each sentence, the same as `nltk.corpus.brown.sents()` in a tenth of the time.

    The files are read without NLTK, which refuses files that other accounts own or may write to.

    Args:
        data_dir: The folder with nltk_data/; a missing corpus is downloaded there.
        files: A regular expression for the names of the corpus files to read.
    """
    corpora = data_dir.expanduser().absolute() / "nltk_data" / "corpora"
    if not any((corpora / name).exists() for name in ("brown.zip", "brown")):
        _download(corpora)
    try:
        tagged = _read_files(corpora, files)
    except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, OSError) as error:
        raise DataUnavailable(
            f"The Brown corpus in {corpora} cannot be read ({error}). Delete it to have it downloaded again, "
            "or place an intact brown.zip there."
        ) from error
    # One sentence per line, words as word/tag; the word itself may contain a slash.
    return [[word.rsplit("/", 1)[0] for word in line.split()] for line in tagged.split("\n") if line.strip()]


def remove_punctuation(sentences: list[str]) -> tuple[list[str], dict[str, int]]:
    """Removes all characters of `string.punctuation`, and the double spaces that this leaves.

    >>> remove_punctuation(["Atlanta's `` no evidence '' ."])
    (['Atlantas no evidence'], {'punctuation marks (keep_punctuation is off)': 6})
    """
    before = "\n".join(sentences)
    after = before.translate(str.maketrans("", "", string.punctuation))
    removed = {"punctuation marks (keep_punctuation is off)": len(before) - len(after)}
    return [" ".join(sentence.split()) for sentence in after.split("\n")], removed


def detokenize(sentence: str) -> str:
    """Joins Brown's tokens, which are separated by spaces, as they would be printed.

    Brown writes every ; ? and ! twice, adds a full stop even after an abbreviation's own, and quotes as TeX does.

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
        raise FileNotFoundError(f"no file name matches {files}")
    return "\n".join((folder / name).read_text("ascii") for name in names)


def _download(corpora: Path) -> None:
    _log.info("Downloading the Brown corpus (3.2 MB) into %s.", corpora)
    folder = corpora.parent
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)  # NLTK refuses a group-writable folder
    except OSError as error:
        raise CannotWrite(
            f"The folder {folder}, into which the Brown corpus is downloaded, cannot be created ({error.strerror}). "
            "Choose another folder with --data-dir."
        ) from error
    from nltk.downloader import Downloader

    try:
        # NLTK itself waits for minutes if the network does not respond.
        urllib.request.urlopen(Downloader.DEFAULT_URL, timeout=_CONNECT_SECONDS).close()
        Downloader().download("brown", str(folder), quiet=True, raise_on_error=True, print_error_to=io.StringIO())
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            f"The Brown corpus is not in {corpora} and cannot be downloaded ({error}). Use --text offline, which needs "
            f"no download, pass the folder that contains nltk_data as --data-dir, or place brown.zip in {corpora}."
        ) from error
