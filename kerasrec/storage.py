"""Writing files and folders whole or not at all, also if the process is killed or the machine loses its power."""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from kerasrec.errors import CannotWrite, KerasrecError, UsageError

if sys.platform != "win32":
    import fcntl

_PART = ".part"


def write_atomically(path: Path, write: Callable[[Path], object], synced: bool = True) -> None:
    """Writes a temporary file next to `path`, and moves it into place when it is complete and on disk.

    The temporary file is hidden and locked while it is written. One that a killed process left is overwritten.

    Args:
        path: The file to create or replace; missing parent folders are created.
        write: Writes the content to the path that it receives, which has the same suffix as `path`.
        synced: Whether to wait until the file is on disk, which takes some milliseconds. Otherwise a power loss may
            leave it empty: for thousands of files that can be made again.

    Raises:
        CannotWrite: The folder is not writable or the disk is full; `path` is left unchanged.
    """
    try:
        _make_folder(path.parent)
        with _open_part(path) as part:
            write(part)
            if synced:
                sync(part)
            os.replace(part, path)
    except KerasrecError:
        raise  # errors of `write`, some of which are OSErrors too, such as those of a server
    except OSError as error:
        raise cannot_write(path, error) from error
    if synced:
        sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON; see `write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    content = text.encode("utf-8", "backslashreplace")  # bytes of a file name that are not UTF-8 become JSON escapes
    write_atomically(path, lambda file: file.write_bytes(content))


@contextlib.contextmanager
def scratch_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yields a new hidden folder in `parent`; its user moves the complete result out of it.

    It is removed at the end. Those of the same name that killed processes left are removed at the start.
    """
    _make_folder(parent)
    for left in parent.glob(f".{name}-*"):
        _remove_unless_locked(left)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}-"))
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextlib.contextmanager
def locked(file: Path, busy: str) -> Iterator[None]:
    """Holds a lock inside the context, which ends with the process, even by a kill.

    Network drives without locks, and Windows, hold none.

    Args:
        file: The file to lock. It is created if missing and kept after; it must not be one that is replaced.
        busy: The message if another process holds the lock.

    Raises:
        UsageError: Another process holds the lock.
    """
    with file.open("ab") as opened:
        if not _lock(opened.fileno()):
            raise UsageError(busy)
        yield


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files in a folder and its subfolders that killed processes left."""
    for part in folder.rglob(f".*{_PART}*"):
        _remove_unless_locked(part)


def sync(path: Path) -> None:
    """Waits until the content of a file is on disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Waits until the names of the files in a folder are on disk, where the file system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_tree(folder: Path) -> None:
    """Waits until a folder, its subfolders and all their files are on disk."""
    for path in folder.rglob("*"):
        (sync_folder if path.is_dir() else sync)(path)
    sync_folder(folder)


def cache_folder() -> Path:
    """Returns kerasrec's cache folder, the default place of data sets and prepared glyphs."""
    return user_cache_path("kerasrec")


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Returns the error for a file or folder that could not be written, which names what is in its way."""
    remedy = "Check the free disk space and the permissions of the folder, or choose another folder."
    if obstacles := [each for each in path.parents if not each.is_dir() and os.path.lexists(each)]:
        first = obstacles[-1]
        what = f"a link to {os.readlink(first)}, which is not a folder" if first.is_symlink() else "not a folder"
        remedy = f"{first} is {what}. Remove it, or choose another folder."
    return CannotWrite(f"{path} could not be written: {error.strerror or error}. {remedy}")


def keep_newest(used: Path, pattern: str, count: int) -> None:
    """Marks a file or folder of a cache as used now, and removes those that were used longest ago.

    Args:
        used: The file or folder.
        pattern: The names of those in the same folder that count, as for `Path.glob`.
        count: How many are kept.
    """
    with contextlib.suppress(OSError):  # another process may do the same, and a cache may be read-only
        os.utime(used)
        found = sorted(used.parent.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[count:]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


@contextlib.contextmanager
def _open_part(path: Path) -> Iterator[Path]:
    """Creates and locks an empty file next to `path`, and removes it on failure."""
    part = path.with_name(f".{path.stem}{_PART}{path.suffix}")
    handle = _create(part)
    if not (_lock(handle) and _is_at(handle, part)):  # another process is writing the same file
        os.close(handle)
        part = part.with_name(f".{path.stem}{_PART}-{secrets.token_hex(4)}{path.suffix}")
        handle = _create(part)
        _lock(handle)
    try:
        os.ftruncate(handle, 0)
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _create(part: Path) -> int:
    return os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)  # less what the umask takes


def _lock(handle: int) -> bool:
    """Locks an open file or folder until it is closed, even by a kill; False if another process has the lock."""
    if sys.platform != "win32":
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # some network drives have no locks
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still at its path, and was not moved or removed by another process."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove_unless_locked(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is gone, or belongs to somebody else
        handle = os.open(path, os.O_RDONLY)
        try:
            if _lock(handle):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        finally:
            os.close(handle)
