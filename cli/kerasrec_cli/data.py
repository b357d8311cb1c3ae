"""`kerasrec data`."""

import typer

app = typer.Typer(no_args_is_help=True, help="Look at the synthetic lines before training on them.")


@app.command()
def preview() -> None:
    """To be written."""


@app.command()
def stats() -> None:
    """To be written."""
