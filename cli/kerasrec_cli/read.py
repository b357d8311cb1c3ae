"""`kerasrec read`: reads the text in images of lines, here, on a cluster or on a server."""

import io
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kerasrec.errors import KerasrecError, UsageError
from kerasrec.language.defaults import BONUS, WEIGHT, WORD_BONUS
from kerasrec.storage import write_atomically
from kerasrec.weights import ONNX_FILE, PORTABLE, find_onnx_file
from kerasrec_cli import failure, language_options, options, quiet, read_job, read_pages, server_options

if TYPE_CHECKING:
    from kerasrec.decoding import Reading
    from kerasrec.errors import BadImage
    from kerasrec.images.files import ImageSource
    from kerasrec.language.packaged import LanguageModelLike
    from kerasrec.recognizer.line_reader import LineReader

EXAMPLES = """Examples:

kerasrec read handwriting line.png

kerasrec read runs/first line.png

kerasrec read runs/first scans/ "more/**/*.jpg" --format jsonl --out readings.jsonl

kerasrec read runs/first --beam 16 - < line.png

kerasrec read runs/first letters/ --language-model english

kerasrec read runs/first faint.png --explain explained

kerasrec read --server localhost:8500 line.png scans/

kerasrec read runs/first "pages/*.xml" --out read

kerasrec read handwriting "lines/**/*.png" --out readings.parquet --runner ray
"""

_LOCAL_ONLY = (
    *("beam", "language_model", "lm_weight", "lm_bonus", "words", "word_bonus", "precision", "engine", "explain"),
    *("runner", "column"),
)
_SERVER_ONLY = ("model", "timeout", "model_version", "label", "tls_ca", "tls_cert", "tls_key")


def read(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="The folder of a run, a recognizer's .keras file, or handwriting, the recognizer of the package; "
            "leave it out with --server.",
        ),
    ] = None,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGES",
            help="Images of one line each (PNG, JPEG, TIFF, BMP, WebP, GIF), folders, glob patterns, or - for "
            "standard input. An image of several pages is read page by page; FILE#2 is its second page only. "
            "Or pages in ALTO or PAGE XML, all of whose lines are read. A job also reads tables (.csv, .tsv, .parquet) "
            "and URLs such as s3://bucket/**/*.png.",
        ),
    ] = None,
    format: Annotated[
        Literal["text", "jsonl", "csv"],
        typer.Option(
            help="text: path, text and confidence, separated by tabs. csv: the same, with a header. jsonl: the same, "
            "and each character's confidence, start and end in pixels of the image. An output that is not UTF-8 gets "
            r"characters that it lacks as \u00e9."
        ),
    ] = "text",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File to write to. FILE.parquet and FILE.jsonl are written by a job, which continues after a kill. "
            "For pages, the folder to write the XML to, with the text filled in.",
            show_default="standard output",
        ),
    ] = None,
    ink: options.Ink = "auto",
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write a picture of each image to FOLDER: how its line was found, what the model saw, and the text.",
        ),
    ] = None,
    beam: language_options.Beam = 0,
    language_model: language_options.LanguageModelName = None,
    lm_weight: language_options.LmWeight = WEIGHT,
    lm_bonus: language_options.LmBonus = BONUS,
    words: language_options.Words = None,
    word_bonus: language_options.WordBonus = WORD_BONUS,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum lines computed at once.")] = 32,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(
            help="Data type of the computations. float32 reads the same on every machine and on a server; auto uses "
            "bfloat16 where it is faster, and may read a doubtful character differently."
        ),
    ] = "float32",
    engine: Annotated[
        Literal["auto", "onnx", "tensorflow"],
        typer.Option(
            help="What computes: onnx starts in a second and needs an ONNX file, as `kerasrec train` and "
            "`kerasrec export` make it; auto takes it if there is one."
        ),
    ] = "auto",
    runner: Annotated[
        Literal["local", "ray"] | None,
        typer.Option(
            rich_help_panel="Jobs",
            help="Read with a job, which writes --out FILE.parquet or FILE.jsonl: in this process, or on the Ray "
            "cluster at RAY_ADDRESS, or on one that is started here.",
            show_default="local for FILE.parquet and FILE.jsonl",
        ),
    ] = None,
    column: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            rich_help_panel="Jobs",
            help="Column of a table with the paths of the images or, in Parquet, their contents.",
        ),
    ] = "image",
    server: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            rich_help_panel="Server",
            help="Read on a server (TensorFlow Serving or `kerasrec serve`) instead of with RUN.",
        ),
    ] = None,
    model: server_options.Model = "lines",
    timeout: server_options.Timeout = 5.0,
    model_version: server_options.ModelVersion = None,
    label: server_options.Label = None,
    tls_ca: server_options.TlsCa = None,
    tls_cert: server_options.TlsCert = None,
    tls_key: server_options.TlsKey = None,
) -> None:
    """Reads the text in images of one line each: dark on light or light on dark, of any size.

    Pages in ALTO or PAGE XML are written to --out with the text and the confidence of each line and word.

    An image that cannot be read is reported on stderr. The others are still read, and the exit code is 1.
    """
    from kerasrec.images.files import find_images
    from kerasrec.images.pages import list_pages

    _check_options(context, server)
    path, names = _split_arguments(run, images or [], server)
    lm = language_options.open_model(context, language_model, beam, lm_weight, lm_bonus, words, word_bonus)
    if target := read_job.find_out(context, out, runner):
        read_job.read_job(context, path, _find_portable(path, precision, engine), names, target, lm)
        return
    read_job.check_inputs(context, names)
    if read_pages.are_pages(names):
        targets = read_pages.check_pages(context, names, out)
        read_pages.write_pages(_open_recognizer(path, precision, engine), targets, batch_size, beam, ink, lm)
        return
    sources = list_pages(find_images(names, sys.stdin.buffer if sys.stdin else io.BytesIO()))
    if out is not None and out.exists() and not out.is_file():  # a device would be replaced by a file
        what = "a folder" if out.is_dir() else "a device"
        raise UsageError(f"--out must be a file, but {out} is {what}. Give a file, or leave out --out and redirect.")
    if explain is not None and explain.exists() and not explain.is_dir():
        raise UsageError(f"--explain must be a folder, but {explain} is a file. Give the name of a new folder.")
    if server is None:
        outcomes = _read_here(_open_recognizer(path, precision, engine), sources, batch_size, beam, lm, ink, explain)
        bad, count = _write_readings(outcomes, format, out)
    else:
        settings = server_options.client_settings(model, timeout, model_version, label, tls_ca, tls_cert, tls_key)
        from kerasrec.serving.client import Client
        from kerasrec.serving.remote import read_images

        with Client(server, **settings) as client:
            bad, count = _write_readings(read_images(client, sources, batch_size, ink), format, out)
    if bad:
        if count > 1:
            typer.secho(f"{bad:,} of {count:,} images could not be read.", fg="red", err=True)
        raise typer.Exit(1)


def _check_options(context: typer.Context, server: str | None) -> None:
    """Raises UsageError for an option that has no effect where the lines are read."""
    if server is None and (option := options.first_given(context, _SERVER_ONLY)):
        raise UsageError(f"{option} has an effect only with --server. Add --server HOST:PORT, or leave out {option}.")
    if server is not None and (option := options.first_given(context, _LOCAL_ONLY)):
        remedy = (
            "Give a RUN instead, or"
            if option in ("--explain", "--runner", "--column")
            else "A server decides that itself:"
        )
        raise UsageError(f"{option} has an effect only without --server. {remedy} leave out {option}.")


def _split_arguments(run: str | None, images: Sequence[str], server: str | None) -> tuple[Path, list[str]]:
    """Returns the path of the run and the images; with a server all arguments are images."""
    if server is not None:
        return Path(), [*([] if run is None else [run]), *images]
    if run is None or not images:
        missing = "RUN" if run is None else "IMAGES"
        raise UsageError(f"Missing argument {missing!r}. Give a run and images, or --server HOST:PORT and images.")
    return options.check_recognizer(Path(run)), list(images)


def _read_here(
    recognizer: "LineReader",
    sources: "Iterable[ImageSource]",
    batch_size: int,
    beam: int,
    language_model: "LanguageModelLike | None",
    ink: str,
    explain: Path | None,
) -> "Iterator[tuple[ImageSource, Reading | BadImage]]":
    recognizer.check_beam(beam, language_model)
    from kerasrec.recognizer.read_images import read_images

    outcomes = read_images(recognizer, sources, batch_size, beam, ink, language_model)
    if explain is None:
        return outcomes
    from kerasrec.recognizer.explanation import explain_readings

    return explain_readings(outcomes, explain, recognizer.make_line, ink)


def _find_portable(run: Path, precision: str, engine: str) -> Path | None:
    """Returns a portable file, or a recognizer's ONNX file, if the options allow it; None for its Keras model."""
    file = run if run.suffix in PORTABLE else find_onnx_file(run)
    if engine == "onnx" and file is None:
        target = run / ONNX_FILE if run.is_dir() else Path(run.stem).with_suffix(".onnx")
        command = shlex.join(["kerasrec", "export", str(run), str(target)])
        raise UsageError(f"{run} has no ONNX file. Make it with: {command}")
    if run == file:
        _check_portable(run, precision, engine)
    return file if engine != "tensorflow" and precision == "float32" else None


def _open_recognizer(run: Path, precision: str, engine: str) -> "LineReader":
    return quiet.load_recognizer(_find_portable(run, precision, engine) or run, precision)


def _check_portable(file: Path, precision: str, engine: str) -> None:
    """Raises UsageError if the options ask for something else than what a portable file computes."""
    from kerasrec.recognizer.engines import find_engine

    own, is_other = find_engine(file), engine not in ("auto", file.suffix[1:])
    if is_other or precision != "float32":
        option = f"--engine {engine}" if is_other else f"--precision {precision}"
        raise UsageError(f"{file} is computed by {own.name} in float32. Leave out {option}, or give the run instead.")


def _write_readings(
    outcomes: "Iterable[tuple[ImageSource, Reading | KerasrecError]]", format: str, out: Path | None
) -> tuple[int, int]:
    """Writes readings, reports bad images on stderr, and returns how many were bad, and of how many images."""
    from kerasrec.recognizer.formats import format_readings

    bad: list[bool] = []
    _write(format_readings(_drop_bad(outcomes, bad), format), out)
    return sum(bad), len(bad)


def _drop_bad(
    outcomes: "Iterable[tuple[ImageSource, Reading | KerasrecError]]", bad: list[bool]
) -> "Iterator[tuple[str, Reading]]":
    """Yields the readings with the names of their images, reports bad images, and adds to `bad` whether each is."""
    for source, outcome in outcomes:
        bad.append(isinstance(outcome, KerasrecError))
        if isinstance(outcome, KerasrecError):
            failure.report(outcome)
        else:
            yield source.name, outcome


def _write(lines: Iterable[str], out: Path | None) -> None:
    """Writes lines to a file, atomically, or to standard output, each as soon as it is available."""
    if out is None:
        for line in lines:
            print(line, flush=True)
        return

    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    write_atomically(out, write)
