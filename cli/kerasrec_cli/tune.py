"""`kerasrec tune`: the commands that search for hyperparameters."""

import typer

from kerasrec_cli import tune_search, tune_show

app = typer.Typer(no_args_is_help=True, help="Searches for better hyperparameters with KerasTuner.")
app.command(epilog=tune_search.EXAMPLES)(tune_search.search)
app.command(epilog=tune_show.EXAMPLES)(tune_show.show)
