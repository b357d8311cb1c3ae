"""Where EMNIST ByClass comes from: a prepared folder, `gzip.zip` placed by hand, or a download."""

import errno
import logging
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from kerasrec.errors import CannotWrite, DataUnavailable

_LOG = logging.getLogger("kerasrec")
_ARCHIVE = "gzip.zip"
_MIB = 2**20
_SPACE = 3 * 2**30  # the archive, what TFDS extracts from it, and the prepared files
_CONNECT_SECONDS = 5.0


def prepared_folder(data_dir: Path) -> Path:
    """The folder of the prepared data set, which is prepared first where that has not been done.

    Args:
        data_dir: Holds `tensorflow_datasets/`, or will.

    Raises:
        DataUnavailable: The data is neither prepared nor at hand, and its host cannot be reached; or the archive
            is damaged.
        CannotWrite: The data has to be prepared, and `data_dir` cannot be written to or is full.
    """
    root = data_dir / "tensorflow_datasets"
    versions = sorted((root / "emnist" / "byclass").glob("*/dataset_info.json"))
    return versions[-1].parent if versions else _prepare(data_dir, root)


def _prepare(data_dir: Path, root: Path) -> Path:
    import tensorflow_datasets as tfds

    _require_room(root)
    builder = tfds.builder("emnist/byclass", data_dir=root)
    archive = _placed_archive(data_dir)
    if archive is None:
        _announce_download(builder, data_dir)
    else:
        _LOG.warning("EMNIST is prepared from %s into %s, once.", archive, root)
    settings = tfds.download.DownloadConfig(manual_dir=archive.parent if archive else None)
    try:
        builder.download_and_prepare(download_config=settings)
    except Exception as error:  # TFDS, requests, zipfile and TensorFlow each raise their own
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _cannot_write(root, "the disk is full") from error
        source = archive or "the download"
        raise DataUnavailable(
            f"Expected to prepare EMNIST in {root} from {source}, but that failed: {error} {_remedy(data_dir)}"
        ) from error
    return Path(builder.data_dir)


def _placed_archive(data_dir: Path) -> Path | None:
    root = data_dir / "tensorflow_datasets"
    places = (data_dir, root, root / "downloads" / "manual")
    return next((place / _ARCHIVE for place in places if (place / _ARCHIVE).is_file()), None)


def _require_room(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise _cannot_write(root, error.strerror or str(error)) from error
    free = shutil.disk_usage(root).free
    if free < _SPACE:
        raise _cannot_write(root, f"{_SPACE / _MIB:,.0f} MiB are needed and {free / _MIB:,.0f} MiB are free")


def _cannot_write(root: Path, reason: str) -> CannotWrite:
    return CannotWrite(
        f"EMNIST has to be prepared in {root}, but it cannot be written there: {reason}. "
        "Give another folder with --data-dir, or use --glyphs strokes, which needs none."
    )


def _announce_download(builder: Any, data_dir: Path) -> None:
    url, record = next(iter(builder.url_infos.items()))
    if not _is_reachable(url):
        raise DataUnavailable(
            f"Expected EMNIST ByClass in {data_dir}, but it is not there, and {url} cannot be reached to download it. "
            + _remedy(data_dir)
        )
    _LOG.warning("EMNIST is downloaded, once: %.2f MiB from %s into %s.", record.size / _MIB, url, data_dir)


def _is_reachable(url: str) -> bool:
    """Asks for the head of the page with a short time limit: TFDS itself needs minutes to notice a missing network."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _remedy(data_dir: Path) -> str:
    return (
        f"Place EMNIST's {_ARCHIVE} in {data_dir} by hand, name with --data-dir a folder where EMNIST is prepared, "
        "or use --glyphs strokes, which needs no download."
    )
