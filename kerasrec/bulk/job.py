"""A job: which of its chunks are done, with which settings it was started, and its end.

Finished chunks are files in a folder beside the output, each written atomically. A process that is killed loses the
chunks that it was reading; the next one reads these and all that follow.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasrec.bulk.inputs import Chunk, digest_chunks
from kerasrec.bulk.parts import Tally, combine_parts, write_part
from kerasrec.errors import BadRun, UsageError
from kerasrec.storage import locked, remove_leftovers, sync_folder, write_json

if TYPE_CHECKING:
    import pyarrow

_MANIFEST = "manifest.json"
_LOCK = "lock"


@dataclass(frozen=True, eq=False)
class Job:
    """A job that no other process works on.

    Attributes:
        out: The file that it writes in the end.
        folder: The folder of its finished parts.
        chunks: Its chunks, in the order of their rows in the output.
    """

    out: Path
    folder: Path
    chunks: Sequence[Chunk]

    def part(self, number: int) -> Path:
        """Returns the file of a chunk's rows."""
        return self.folder / f"part-{number:06}.parquet"

    def pending(self) -> dict[int, Chunk]:
        """Returns the chunks without a finished part, by their numbers."""
        done = set(os.listdir(self.folder))
        return {number: chunk for number, chunk in enumerate(self.chunks) if self.part(number).name not in done}

    def read(self, tables: Iterable[tuple[int, "pyarrow.Table"]]) -> Iterator[int]:
        """Keeps the rows of chunks as they are read, and yields the number of each chunk's rows.

        Raises:
            CannotWrite: A part cannot be written.
        """
        for number, table in tables:
            write_part(self.part(number), table)
            yield table.num_rows

    def finish(self) -> Tally:
        """Combines all parts to the output, and removes them.

        Raises:
            BadRun: A part is damaged.
            CannotWrite: The output cannot be written.
        """
        tally = combine_parts([self.part(number) for number in range(len(self.chunks))], self.out)
        removed = _removed(self.folder)
        os.replace(self.folder, removed)  # a kill leaves the folder whole or gone
        sync_folder(self.folder.parent)
        shutil.rmtree(removed, ignore_errors=True)
        return tally


@contextlib.contextmanager
def open_job(out: Path, chunks: Sequence[Chunk], settings: Mapping[str, Any]) -> Iterator[Job]:
    """Starts a job or continues the one that was started with the same settings and inputs.

    Args:
        out: The file that it writes in the end.
        chunks: Its chunks.
        settings: All that its readings depend on, as JSON values.

    Raises:
        UsageError: The output exists already or has no folder, the job was started with something else, or another
            process works on it.
        BadRun: Its manifest is damaged.
    """
    folder = out.with_name(f"{out.name}.parts")
    shutil.rmtree(_removed(folder), ignore_errors=True)
    _check_out(out, folder)
    folder.mkdir(exist_ok=True)
    with locked(folder / _LOCK, f"{out} is being written by another process. Wait for it, or choose another file."):
        remove_leftovers(folder)
        lines = sum(map(len, chunks))
        manifest = {**settings, "lines": lines, "chunks": len(chunks), "inputs": digest_chunks(chunks)}
        _check_manifest(folder / _MANIFEST, manifest)
        yield Job(out, folder, chunks)


def _removed(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-removed")


def _check_out(out: Path, folder: Path) -> None:
    if not out.parent.is_dir():
        raise UsageError(f"The folder {out.parent} of {out.name} does not exist. Create it, or choose another file.")
    if out.exists() and not folder.is_dir():
        raise UsageError(f"{out} exists already. Remove it to read everything again, or choose another file.")


def _check_manifest(file: Path, manifest: Mapping[str, Any]) -> None:
    if not file.exists():
        write_json(file, manifest)
        return
    try:
        before = dict(json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise BadRun(f"{file} is damaged. Remove {file.parent} to start again.") from error
    for name in {**before, **manifest}:
        if before.get(name) != manifest.get(name):
            raise UsageError(
                f"The job in {file.parent} was started {_describe(name, before)}, but is continued "
                f"{_describe(name, manifest)}. Give the same, or remove {file.parent} to start again."
            )


def _describe(name: str, manifest: Mapping[str, Any]) -> str:
    if name in ("lines", "chunks", "inputs"):
        return f"with {manifest.get('lines')} images of digest {str(manifest.get('inputs'))[:12]}"
    value = manifest.get(name)
    return f"without {name}" if value is None else f"with {name} {value}"
