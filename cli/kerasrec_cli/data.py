"""`kerasrec data`: the commands that make and inspect lines."""

import typer

from kerasrec_cli.cut import EXAMPLES as CUT_EXAMPLES
from kerasrec_cli.cut import cut
from kerasrec_cli.preview import EXAMPLES as PREVIEW_EXAMPLES
from kerasrec_cli.preview import preview
from kerasrec_cli.stats import EXAMPLES as STATS_EXAMPLES
from kerasrec_cli.stats import stats

app = typer.Typer(
    no_args_is_help=True, help="Cuts your own lines out of pages; shows synthetic lines before you train on them."
)
app.command(epilog=PREVIEW_EXAMPLES)(preview)
app.command(epilog=STATS_EXAMPLES)(stats)
app.command(epilog=CUT_EXAMPLES)(cut)
