"""`kerasrec read ... --out FILE.parquet`: a job that reads a library of lines and continues after a kill."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kerasrec import __version__
from kerasrec.bulk.parts import FORMATS
from kerasrec.errors import UsageError
from kerasrec.weights import find_file
from kerasrec_cli import options, quiet, read_pages

if TYPE_CHECKING:
    from kerasrec.bulk.job import Job
    from kerasrec.language.packaged import LanguageModelLike

CHUNK = 1024
"""Pictures of a chunk: as many are read again after a kill, by each process that reads."""

_MANIFEST_OPTIONS = ("ink", "beam", "language_model", "lm_weight", "lm_bonus", "words", "word_bonus", "column")
_EVERY = 10.0  # seconds between two lines of progress


def find_out(context: typer.Context, out: Path | None, runner: str | None) -> Path | None:
    """Returns the file that a job writes; None if the options ask for none.

    They do with --runner, or --out with the suffix of a job's file and no other format.

    Raises:
        UsageError: They ask for a job, but others for something that it cannot do.
    """
    suffix = "" if out is None else out.suffix.lower()
    is_free = not any(options.is_given(context, name) for name in ("format", "server"))
    if runner is None and suffix != ".parquet" and not (suffix == ".jsonl" and is_free):
        return None
    if out is None or suffix not in FORMATS:
        received = "nothing" if out is None else str(out)
        raise UsageError(f"--runner needs --out FILE with one of {', '.join(FORMATS)}, but received {received}.")
    for name in ("format", "server", "explain"):
        if options.is_given(context, name):
            option = options.flag(context, name)
            raise UsageError(f"{option} has no effect on a job that writes {out}. Leave out {option}.")
    return out


def check_inputs(context: typer.Context, names: Sequence[str]) -> None:
    """Raises UsageError for an input or an option that only a job can read, if the options ask for none."""
    from kerasrec.bulk.inputs import is_table, is_url

    for name in names:
        if is_table(name) or is_url(name):
            what = "a table" if is_table(name) else "a URL"
            raise UsageError(f"{name} is {what}, which only a job reads. Add --out FILE.parquet, or FILE.jsonl.")
    if options.is_given(context, "column"):
        raise UsageError("--column has an effect only on tables in a job. Leave out --column.")


def read_job(
    context: typer.Context,
    run: Path,
    portable: Path | None,
    names: Sequence[str],
    out: Path,
    language_model: "LanguageModelLike | None",
) -> None:
    """Reads all pictures to one file, or continues to; exits with 1 if none of them could be read."""
    if portable is None:
        quiet.start_tensorflow()
    from kerasrec.bulk.chunk import ReadSettings, open_reader
    from kerasrec.bulk.inputs import find_chunks
    from kerasrec.bulk.job import open_job
    from kerasrec.bulk.runners import run_here, run_on_ray

    if read_pages.are_pages(list(names)):
        raise UsageError(f"A job reads pictures of lines, but {names[0]} is a page. Give --out FOLDER for pages.")
    given = context.params
    policy = "float32" if portable is not None else _find_policy(given["precision"])
    settings = ReadSettings(run, portable, policy, given["batch_size"], given["beam"], given["ink"], language_model)
    open_reader(settings).check_beam(settings.beam, language_model)
    chunks = find_chunks(names, given["column"], CHUNK)
    runner = run_on_ray if given["runner"] == "ray" else run_here
    with open_job(out, chunks, _describe(context, run, portable, policy)) as job:
        try:
            for line in _progress(job, job.read(runner(job.pending(), settings))):
                typer.echo(line, err=True)
        except KeyboardInterrupt:
            typer.echo(f"Interrupted. The same command continues: {job.folder} has what was read.", err=True)
            raise typer.Exit(130) from None
        tally = job.finish()
    typer.echo(f"Lines: {tally.rows:,}, with errors: {tally.bad:,}, written to {out}.")
    if tally.bad == tally.rows:
        raise typer.Exit(1)


def _progress(job: "Job", parts: Iterator[int]) -> Iterator[str]:
    """Yields a line of progress after the first part, and then at intervals, from the lines of each part."""
    pending, total = len(job.pending()), len(job.chunks)
    started, latest, lines = time.monotonic(), 0.0, 0
    if pending < total:
        yield f"Continues: {total - pending:,} of {total:,} parts were read before."
    for done, count in enumerate(parts, 1):
        lines, now = lines + count, time.monotonic()
        seconds = now - started
        if now - latest >= _EVERY or done == pending:
            latest = now
            left = round(seconds / done * (pending - done))
            share = f"{total - pending + done:,} of {total:,} parts"
            yield f"{share}, {lines / seconds:,.1f} lines/s, {left // 60}:{left % 60:02} left"


def _find_policy(precision: str) -> str:
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.settings import PRECISIONS

    return dtype_policy(precision, PRECISIONS)


def _describe(context: typer.Context, run: Path, portable: Path | None, policy: str) -> dict[str, object]:
    """Returns what the readings depend on; files are described by their content."""
    file = portable or find_file(run) or (run / "recognizer.keras" if run.is_dir() else run)
    described: dict[str, object] = {"kerasrec": __version__, "RUN": f"{run} ({_digest(file)})"}
    engine = "tensorflow" if portable is None else portable.suffix[1:]
    described |= {"--engine": engine, "--precision": policy}
    for name in _MANIFEST_OPTIONS:
        value = context.params[name]
        is_file = name in ("language_model", "words") and value is not None and Path(value).is_file()
        described[options.flag(context, name)] = f"{value} ({_digest(Path(value))})" if is_file else value
    return described


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
