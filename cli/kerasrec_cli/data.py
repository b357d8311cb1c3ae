"""`kerasrec data`: the commands that inspect lines."""

import typer

from kerasrec_cli.check import EXAMPLES as CHECK_EXAMPLES
from kerasrec_cli.check import check
from kerasrec_cli.preview import EXAMPLES as PREVIEW_EXAMPLES
from kerasrec_cli.preview import preview
from kerasrec_cli.stats import EXAMPLES as STATS_EXAMPLES
from kerasrec_cli.stats import stats

app = typer.Typer(no_args_is_help=True, help="Shows lines before you train on them, synthetic ones and your own.")
app.command(epilog=CHECK_EXAMPLES)(check)
app.command(epilog=PREVIEW_EXAMPLES)(preview)
app.command(epilog=STATS_EXAMPLES)(stats)
