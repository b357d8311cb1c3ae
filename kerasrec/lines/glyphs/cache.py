"""Prepared banks on disk: made once, then read in a fraction of a second without TensorFlow."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np

from kerasrec.storage import cache_folder, keep_newest, write_atomically

_LOG = logging.getLogger("kerasrec")
_KEPT = 4  # of a name: a bank of all of EMNIST has hundreds of megabytes


class Bank(Protocol):
    """What can be kept on disk."""

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Returns all that the bank consists of, but its name."""
        ...

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, np.ndarray]) -> Self:
        """Makes a bank of what `to_arrays` returned."""
        ...


BankType = TypeVar("BankType", bound=Bank)


def cached_bank(
    kind: type[BankType], name: str, settings: Mapping[str, object], make: Callable[[], BankType]
) -> BankType:
    """Reads a bank from the user's cache folder, or makes it and writes it there.

    A damaged file is rebuilt. The four banks of a name that were used last are kept. If the cache folder is not
    writable, a warning is logged, and the bank is rebuilt next time.

    Args:
        kind: The class of the bank.
        name: The name of the bank, with which the file's name begins.
        settings: Everything that the bank depends on, as JSON values; each combination has its own file.
        make: Makes the bank.
    """
    key = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]
    path = cache_folder() / "glyphs" / f"{name}-{key}.npz"
    try:
        bank = read_bank(kind, path, name)
        keep_newest(path, f"{name}-*.npz", _KEPT)
        return bank
    except FileNotFoundError:
        pass
    except Exception as error:  # a damaged file can cause any error
        _LOG.warning("The cached glyphs in %s cannot be read (%s) and are rebuilt.", path, error)
    bank = make()
    try:
        write_bank(bank, path)
        keep_newest(path, f"{name}-*.npz", _KEPT)
    except OSError as error:
        _LOG.warning("The glyphs could not be cached in %s (%s). They are rebuilt at the next start.", path, error)
    return bank


def read_bank(kind: type[BankType], path: Path, name: str) -> BankType:
    """Reads a bank that `write_bank` wrote; the checksums of the zip format detect damage."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return kind.from_arrays(name, arrays)


def write_bank(bank: Bank, path: Path) -> None:
    """Writes a bank into one uncompressed file, atomically; raises the errors of `write_atomically`."""
    arrays = bank.to_arrays()
    write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def describe_files(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Returns the path, size in bytes and modification time of each file, to detect changes of a source."""
    return [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(files)]


def code_digest(*files: str) -> str:
    """Digest of source files, so that a bank is made anew when the code that makes it changes."""
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()[:16]
