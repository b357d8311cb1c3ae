"""The precisions that are timed, under the names that the table and `--precision` use."""

from kerasrec.models.precision import fastest_policy
from kerasrec.training.settings import PRECISIONS


def automatic() -> str:
    """What `--precision auto` chooses on this machine: "float32" or "bfloat16"."""
    chosen = fastest_policy()
    return next(name for name, policy in PRECISIONS.items() if policy == chosen)


def of_the_peer() -> tuple[str, ...]:
    """The precisions that PyTorch is timed in: float32, and bfloat16 where "auto" chooses it.

    On a processor without instructions for bfloat16, PyTorch is several times slower in it than in float32: timing it
    would take far too long, and beating it would mean nothing.
    """
    return tuple(dict.fromkeys(("float32", automatic())))
