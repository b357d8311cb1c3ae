"""The precisions that are timed, by the names used in the tables and by `--precision`."""

from kerasrec.models.precision import GAIN, fastest_policy
from kerasrec.training.settings import PRECISIONS


def automatic() -> str:
    """Returns the precision that `--precision auto` chooses on this machine: "float32" or "bfloat16"."""
    chosen = fastest_policy()
    return next(name for name, policy in PRECISIONS.items() if policy == chosen)


def peer_precisions(gain: float | None) -> tuple[str, ...]:
    """Returns the precisions that PyTorch is timed in: float32, and bfloat16 if it helps kerasrec or PyTorch.

    On a processor without bfloat16 instructions, PyTorch is several times slower in bfloat16 than in float32. Timing
    it would take far too long, and a better figure of kerasrec would mean nothing.

    Args:
        gain: How many times as fast PyTorch multiplies matrices in bfloat16 as in float32; None if it is not timed.
    """
    helps = automatic() == "bfloat16" or (gain is not None and gain > GAIN)
    return ("float32", "bfloat16") if helps else ("float32",)
