"""`kerasrec character`: the commands for images of single characters."""

import typer

from kerasrec_cli import character_evaluate, character_read, character_train

app = typer.Typer(no_args_is_help=True, help="Trains, evaluates and uses models of single characters.")
app.command(epilog=character_train.EXAMPLES)(character_train.train)
app.command(epilog=character_evaluate.EXAMPLES)(character_evaluate.evaluate)
app.command(epilog=character_read.EXAMPLES)(character_read.read)
