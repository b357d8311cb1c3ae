"""The precisions that are timed, by the names used in the table and by `--precision`."""

from kerasrec.models.precision import fastest_policy
from kerasrec.training.settings import PRECISIONS


def automatic() -> str:
    """Returns the precision that `--precision auto` chooses on this machine: "float32" or "bfloat16"."""
    chosen = fastest_policy()
    return next(name for name, policy in PRECISIONS.items() if policy == chosen)


def peer_precisions() -> tuple[str, ...]:
    """Returns the precisions that PyTorch is timed in: float32, and bfloat16 if "auto" chooses it.

    On a processor without bfloat16 instructions, PyTorch is several times slower in bfloat16 than in float32. Timing
    it would take far too long, and a better figure of kerasrec would mean nothing.
    """
    return tuple(dict.fromkeys(("float32", automatic())))
