"""The `kerasrec` command: its subcommands, and the one place where an error becomes a message and an exit code."""

import codecs
import io
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kerasrec_cli import (
    bench_server,
    character,
    data,
    evaluate,
    export,
    failure,
    language_model,
    models,
    quiet,
    read,
    reproduce,
    serve,
    status,
    train,
    tune,
)
from kerasrec_cli.imported import import_file


class Commands(TyperGroup):
    """The commands; an expected error ends in a message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs a command; an expected error becomes a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # Typer exits quietly: the reader of the output is gone
        except BaseException as error:
            if not failure.is_expected(error):
                raise
            raise typer.Exit(failure.report(error, ctx.params["debug"])) from error


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=train.EXAMPLES)(train.train)
app.command(epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command(epilog=read.EXAMPLES)(read.read)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=serve.EXAMPLES)(serve.serve)
app.command(epilog=status.EXAMPLES)(status.status)
app.command("bench-server", epilog=bench_server.EXAMPLES)(bench_server.bench_server)
app.command(epilog=models.EXAMPLES)(models.models)
app.command(epilog=reproduce.EXAMPLES)(reproduce.reproduce)
app.add_typer(character.app, name="character")
app.add_typer(data.app, name="data")
app.add_typer(language_model.app, name="language-model")
app.add_typer(tune.app, name="tune")


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    import platform
    from importlib.metadata import version

    from kerasrec import __version__

    print(
        f"kerasrec {__version__} (Python {platform.python_version()}, Keras {version('keras')}, "
        f"TensorFlow {version('tensorflow')})"
    )
    raise typer.Exit


@app.callback()
def main(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="KERASREC_DEBUG", help="Show tracebacks and TensorFlow's log lines.")
    ] = False,
    import_: Annotated[
        list[Path] | None,
        typer.Option(
            "--import",
            metavar="FILE",
            envvar="KERASREC_IMPORT",
            help="Import a Python file first, such as one that registers your own architecture. May be repeated.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the versions and exit.")
    ] = False,
) -> None:
    """Recognizes lines of handwriting: train a model on synthetic lines, evaluate it, read with it, serve it."""
    quiet.configure(debug)
    for file in import_ or []:
        import_file(file)


def run() -> None:
    """Runs the command line and ends the process: the entry point of the `kerasrec` script."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("kerasrec.escape", _escape)
        sys.stdout.reconfigure(errors="kerasrec.escape")
    try:
        app(prog_name="kerasrec")
    except SystemExit as end:
        code = end.code
    except OSError as error:  # help and version are written before a command is invoked
        code = failure.report(error)
    sys.exit(_flush_failure() or code)


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Replaces characters that an output lacks by escapes such as \u00e9, with which JSON remains JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return re.sub("....", r"\\u\g<0>", units.hex()), error.end


def _flush_failure() -> int:
    """Flushes stdout. Python would otherwise do so at exit, and end in a traceback if that fails.

    Returns:
        The exit code: 0, or 1 if the reader is gone or the disk is full.
    """
    if sys.stdout is None:  # closed by the caller: `kerasrec ... >&-`
        return 0
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else failure.report(error)
    return 0
