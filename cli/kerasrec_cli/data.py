"""`kerasrec data`: the commands that look at synthetic lines."""

import typer

from kerasrec_cli.preview import EXAMPLES as PREVIEW_EXAMPLES
from kerasrec_cli.preview import preview
from kerasrec_cli.stats import EXAMPLES as STATS_EXAMPLES
from kerasrec_cli.stats import stats

app = typer.Typer(no_args_is_help=True, help="Look at the synthetic lines before training on them.")
app.command(epilog=PREVIEW_EXAMPLES)(preview)
app.command(epilog=STATS_EXAMPLES)(stats)
