"""`kerasrec tune`: the commands that search for hyperparameters."""

import typer

from kerasrec_cli.tune_search import EXAMPLES as SEARCH_EXAMPLES
from kerasrec_cli.tune_search import search

app = typer.Typer(no_args_is_help=True, help="Search for better hyperparameters with KerasTuner.")
app.command(epilog=SEARCH_EXAMPLES)(search)
