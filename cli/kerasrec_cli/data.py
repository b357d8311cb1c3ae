"""`kerasrec data`: the commands that inspect and prepare lines."""

import typer

from kerasrec_cli.check import EXAMPLES as CHECK_EXAMPLES
from kerasrec_cli.check import check
from kerasrec_cli.cut import EXAMPLES as CUT_EXAMPLES
from kerasrec_cli.cut import cut
from kerasrec_cli.preview import EXAMPLES as PREVIEW_EXAMPLES
from kerasrec_cli.preview import preview
from kerasrec_cli.stats import EXAMPLES as STATS_EXAMPLES
from kerasrec_cli.stats import stats

app = typer.Typer(
    no_args_is_help=True,
    help="Shows the synthetic lines and your own before you train on them, and cuts lines out of pages.",
)
app.command(epilog=CHECK_EXAMPLES)(check)
app.command(epilog=CUT_EXAMPLES)(cut)
app.command(epilog=PREVIEW_EXAMPLES)(preview)
app.command(epilog=STATS_EXAMPLES)(stats)
