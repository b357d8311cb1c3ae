"""Data sets of handwritten characters, from a prepared folder, manually placed archives or a download."""

import errno
import logging
import shutil
import string
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasrec.errors import CannotWrite, DataUnavailable, plain_reason

_LOG = logging.getLogger("kerasrec")
_MIB = 2**20
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class DataSet:
    """A data set of TensorFlow Datasets (TFDS).

    Attributes:
        name: The name of the data set, for messages.
        builder: Its name in TFDS.
        classes: The character of each label; TFDS has no class names for EMNIST.
        transposed: Whether the rows and columns of its images are swapped.
        space: The disk space in bytes for the archives, the files that TFDS extracts from them and the prepared files.
    """

    name: str
    builder: str
    classes: str
    transposed: bool
    space: int


EMNIST = DataSet(
    "EMNIST", "emnist/byclass", string.digits + string.ascii_uppercase + string.ascii_lowercase, True, 3 * 2**30
)
"""EMNIST ByClass (Cohen et al., 2017)."""

MNIST = DataSet("MNIST", "mnist", string.digits, False, 2**28)
"""MNIST (LeCun et al., 1998)."""


def prepared_folder(data_set: DataSet, data_dir: Path) -> Path:
    """Returns the folder of a prepared data set, and prepares the data set first if necessary.

    Args:
        data_set: The data set.
        data_dir: The folder with `tensorflow_datasets/`, which is created if missing.

    Raises:
        DataUnavailable: The data is not prepared, its archives were not placed by hand, and its host cannot be
            reached; or an archive is damaged.
        CannotWrite: The data must be prepared, but `data_dir` is not writable or is full.
    """
    root = data_dir / "tensorflow_datasets"
    versions = sorted((root / data_set.builder).glob("*/dataset_info.json"))
    return versions[-1].parent if versions else _prepare(data_set, data_dir, root)


def _prepare(data_set: DataSet, data_dir: Path, root: Path) -> Path:
    import tensorflow_datasets as tfds

    _require_space(data_set, root)
    builder = tfds.builder(data_set.builder, data_dir=root)
    archives = [record.filename for record in builder.url_infos.values()]
    placed = _placed(archives, data_dir)
    if placed is None:
        _announce_download(data_set, builder, archives, data_dir)
    else:
        _LOG.warning("Preparing %s in %s from %s in %s, only once.", data_set.name, root, _list(archives), placed)
    settings = tfds.download.DownloadConfig(manual_dir=placed)
    try:
        builder.download_and_prepare(download_config=settings)
    except Exception as error:  # TFDS, requests, zipfile and TensorFlow raise different types
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _cannot_write(data_set, root, "the disk is full") from error
        source = f"{_list(archives)} in {placed}" if placed else "the download"
        raise DataUnavailable(
            f"{data_set.name} could not be prepared in {root} from {source}: {plain_reason(str(error))} "
            + _remedy(data_set, archives, data_dir)
        ) from error
    return Path(builder.data_dir)


def _placed(archives: list[str], data_dir: Path) -> Path | None:
    """The folder in which the user has placed all archives; None if there is none."""
    root = data_dir / "tensorflow_datasets"
    folders = (data_dir, root, root / "downloads" / "manual")
    return next((folder for folder in folders if all((folder / name).is_file() for name in archives)), None)


def _require_space(data_set: DataSet, root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise _cannot_write(data_set, root, error.strerror or str(error)) from error
    free, space = shutil.disk_usage(root).free, data_set.space
    if free < space:
        raise _cannot_write(data_set, root, f"{space / _MIB:,.0f} MiB are needed and {free / _MIB:,.0f} MiB are free")


def _cannot_write(data_set: DataSet, root: Path, reason: str) -> CannotWrite:
    return CannotWrite(
        f"{data_set.name} cannot be prepared in {root}: {reason}. "
        "Choose another folder with --data-dir, or use --glyphs strokes, which needs no data."
    )


def _announce_download(data_set: DataSet, builder: Any, archives: list[str], data_dir: Path) -> None:
    url, size = next(iter(builder.url_infos)), sum(record.size for record in builder.url_infos.values())
    if not _is_reachable(url):
        raise DataUnavailable(
            f"{data_set.name} is not in {data_dir}, and {url} cannot be reached to download it. "
            + _remedy(data_set, archives, data_dir)
        )
    _LOG.warning("Downloading %s (%.2f MiB) from %s into %s.", data_set.name, size / _MIB, url, data_dir)


def _is_reachable(url: str) -> bool:
    """Sends a HEAD request with a short timeout: TFDS itself takes minutes to notice a missing network."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _remedy(data_set: DataSet, archives: list[str], data_dir: Path) -> str:
    return (
        f"Place {data_set.name}'s {_list(archives)} in {data_dir} by hand, choose with --data-dir a folder where "
        f"{data_set.name} is prepared, or use --glyphs strokes, which needs no download."
    )


def _list(names: list[str]) -> str:
    return ", ".join(names)
