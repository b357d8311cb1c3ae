"""The pictures of a job, cut into chunks: files, tables of paths or of pictures, here or in an object store."""

import csv
import glob
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby, islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from kerasrec.errors import BadImage, DataUnavailable, UsageError
from kerasrec.images.files import SUFFIXES, ImageSource, find_images, natural_key
from kerasrec.images.pages import list_pages

PATH_TABLES = (".csv", ".tsv")
TABLES = (*PATH_TABLES, ".parquet")
_NAMES = ("path", "name")  # columns of a table of pictures that name them
_DOWNLOADS = 16  # at once; each waits for an object store
_BATCH = 256  # rows of a table that are decoded at once


@dataclass(frozen=True)
class Unread:
    """A picture that could not even be loaded, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Paths:
    """A chunk of files: paths, or URLs of an object store."""

    paths: tuple[str, ...]

    def load(self) -> Iterator[ImageSource | Unread]:
        """Yields the pictures, or the pages of those that have several.

        Raises:
            DataUnavailable: An object store does not answer.
        """
        with ThreadPoolExecutor(_DOWNLOADS) as pool:
            for path, content in zip(self.paths, pool.map(_fetch, self.paths), strict=True):
                if isinstance(content, BadImage):
                    yield Unread(path, str(content))
                else:
                    yield from list_pages([ImageSource(path, content)])

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class Rows:
    """A chunk of a Parquet file that holds pictures.

    Attributes:
        table: The path or the URL of the file.
        size: Its size in bytes, by which a file that was replaced is noticed.
        column: The column of pictures: bytes, or `bytes` and `path` as in the data sets of Hugging Face.
        first: The number of the first row, from 0.
        count: The number of rows.
    """

    table: str
    size: int
    column: str
    first: int
    count: int

    def load(self) -> Iterator[ImageSource | Unread]:
        """Yields the pictures, or the pages of those that have several.

        Raises:
            DataUnavailable: The table cannot be read.
        """
        with _open(self.table) as stream:
            for number, row in enumerate(self._read(stream), self.first + 1):
                content = row[self.column]
                inner = content if isinstance(content, dict) else {"bytes": content}
                named = next((row[each] for each in _NAMES if row.get(each)), None) or inner.get("path")
                name = str(named or f"{self.table}:{number}")
                if inner["bytes"] is None:
                    yield Unread(name, f"{name} is empty: row {number:,} of {self.table} has no picture.")
                else:
                    yield from list_pages([ImageSource(name, inner["bytes"])])

    def _read(self, stream: IO[Any]) -> Iterator[dict[str, Any]]:
        import pyarrow.parquet

        # Unbuffered: a group of rows may be larger than the memory.
        with pyarrow.parquet.ParquetFile(stream, pre_buffer=False, buffer_size=1 << 20) as file:
            columns = [self.column, *(each for each in _NAMES if each in file.schema_arrow.names)]
            groups, start = _overlapping_groups(file.metadata, self.first, self.count)
            batches = file.iter_batches(_BATCH, row_groups=groups, columns=list(dict.fromkeys(columns)))
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            yield from islice(rows, self.first - start, self.first - start + self.count)

    def __len__(self) -> int:
        return self.count


Chunk: TypeAlias = Paths | Rows


def find_chunks(arguments: Sequence[str], column: str, size: int) -> list[Chunk]:
    """Finds the pictures that arguments name and cuts them into chunks, the same ones in every call.

    Args:
        arguments: Images, folders and patterns as in `find_images`, their URLs in an object store, and tables: .csv or
            .tsv with a column of paths, .parquet with a column of paths or pictures. Paths in a table are relative to
            its folder.
        column: The name of that column.
        size: The maximum number of pictures in a chunk.

    Raises:
        UsageError: A folder, a pattern or a table has no pictures, or a table has no such column.
        DataUnavailable: An object store does not answer.
    """
    chunks: list[Chunk] = []
    for are_tables, group in groupby(arguments, is_table):
        if are_tables:
            chunks += chain.from_iterable(_cut_table(table, column, size) for table in group)
        else:
            found = chain.from_iterable(map(_find_files, group))
            chunks += _cut_paths(list(dict.fromkeys(found)), size)
    return chunks


def digest_chunks(chunks: Iterable[Chunk]) -> str:
    """Computes a digest of the names of all pictures, by which other inputs are noticed."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(repr(chunk).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def is_table(argument: str) -> bool:
    """Whether an argument is a table by its suffix."""
    return argument.lower().endswith(TABLES)


def is_url(argument: str) -> bool:
    """Whether an argument is the URL of an object store, such as s3://bucket/line.png."""
    return "://" in argument


def _cut_paths(paths: Sequence[str], size: int) -> list[Chunk]:
    return [Paths(tuple(paths[start : start + size])) for start in range(0, len(paths), size)]


def _find_files(argument: str) -> list[str]:
    if is_url(argument):
        return _find_urls(argument)
    sources = find_images([argument], io.BytesIO())
    if any(isinstance(source.content, bytes) for source in sources):
        raise UsageError(f"A job reads files, so that it can be continued, but received {argument}. Save it to a file.")
    return [source.name for source in sources]


def _find_urls(url: str) -> list[str]:
    system, path = _file_system(url)
    try:
        if not glob.has_magic(path) and not system.isdir(path):
            return [url]
        found = system.glob(path) if glob.has_magic(path) else system.ls(path, detail=False)
    except Exception as error:  # every object store has errors of its own
        raise _unavailable(url, error) from error
    images = [each for each in found if _is_shown_image(Path(each))]
    if not images:
        raise UsageError(f"{url} matches no images ({', '.join(SUFFIXES)}). Check the URL.")
    return [system.unstrip_protocol(each) for each in sorted(images, key=lambda each: natural_key(Path(each)))]


def _is_shown_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _fetch(path: str) -> Path | bytes | BadImage:
    if not is_url(path):
        return Path(path)
    system, inner = _file_system(path)
    try:
        return bytes(system.cat_file(inner))
    except FileNotFoundError:
        return BadImage(f"{path} does not exist. Check the URL.")
    except Exception as error:  # a picture that could be fetched later is not a bad one: the job stops
        raise _unavailable(path, error) from error


def _cut_table(table: str, column: str, size: int) -> list[Chunk]:
    with _open(table) as stream:
        if not table.lower().endswith(PATH_TABLES):
            return _cut_parquet(stream, table, column, size)
        delimiter = "," if table.lower().endswith(".csv") else "\t"
        try:
            rows = csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig", newline=""), delimiter=delimiter, strict=True)
            _check_column(table, column, rows.fieldnames or [])
            return _cut_paths(_resolve(table, [row[column] for row in rows]), size)
        except (UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{table} must be a table in UTF-8, but is not: {error}. Save it again.") from error


def _cut_parquet(stream: IO[Any], table: str, column: str, size: int) -> list[Chunk]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(stream)
    except pyarrow.ArrowInvalid as error:
        raise UsageError(f"{table} is not a Parquet file, or is damaged: {error}") from error
    schema, rows = file.schema_arrow, file.metadata.num_rows
    _check_column(table, column, schema.names)
    kind = schema.field(column).type
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        return _cut_paths(_resolve(table, file.read([column])[column].to_pylist()), size)
    has_bytes = pyarrow.types.is_struct(kind) and "bytes" in {each.name for each in kind}
    if not (pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind) or has_bytes):
        raise UsageError(
            f"The column {column} of {table} must hold pictures (binary) or paths, but its type is {kind}."
        )
    if not rows:
        raise UsageError(f"{table} has no rows. Check its path.")
    end = stream.seek(0, io.SEEK_END)
    return [Rows(table, end, column, first, min(size, rows - first)) for first in range(0, rows, size)]


def _check_column(table: str, column: str, columns: Iterable[str]) -> None:
    if column not in columns:
        raise UsageError(
            f"{table} has no column {column!r}, but has {', '.join(map(repr, columns)) or 'none'}. "
            "Name the one of the pictures or their paths with --column."
        )


def _resolve(table: str, paths: Sequence[str | None]) -> list[str]:
    """Completes paths in a table, which are relative to its folder."""
    if not paths:
        raise UsageError(f"{table} has no rows. Check its path.")
    for number, path in enumerate(paths, 1):
        if not path:
            raise UsageError(f"{table} has no path in row {number:,}. Fill it in, or remove the row.")
    if is_url(table):
        folder = table.rpartition("/")[0]
        return [path if is_url(str(path)) else f"{folder}/{path}" for path in map(str, paths)]
    parent = Path(table).parent
    return [path if is_url(path) else str(parent / path) for path in map(str, paths)]


def _overlapping_groups(metadata: Any, first: int, count: int) -> tuple[list[int], int]:
    """Returns the groups of rows that overlap `count` rows from `first`, and the number of their first row."""
    groups: list[int] = []
    start = row = 0
    for group in range(metadata.num_row_groups):
        end = row + metadata.row_group(group).num_rows
        if row < first + count and end > first:
            start = start if groups else row
            groups.append(group)
        row = end
    return groups, start


def _open(table: str) -> IO[Any]:
    system, path = _file_system(table)
    try:
        return system.open(path, "rb")
    except FileNotFoundError as error:
        raise UsageError(f"{table} does not exist. Check its path.") from error
    except Exception as error:
        raise _unavailable(table, error) from error


def _file_system(url: str) -> tuple[Any, str]:
    import fsspec.core

    try:
        return fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:  # a protocol that needs another package, or an unknown one
        raise UsageError(f"{url} cannot be opened: {str(error).rstrip('.')}.") from error


def _unavailable(url: str, error: Exception) -> DataUnavailable:
    reason = (str(error) or type(error).__name__).rstrip(".")
    return DataUnavailable(f"{url} cannot be fetched: {reason}. Check the connection and the credentials.")
