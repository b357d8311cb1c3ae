"""A row of a table: what was timed, kerasrec's figure, the peer's figure and the target."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure of kerasrec and its comparison.

    Attributes:
        what: What was timed.
        unit: The unit of the figures. For rates ("lines/s"), higher is better; for everything else, lower is.
        ours: The figure of kerasrec.
        ours_name: What computed it, and in which precision.
        share: The arithmetic of `ours`, as a share of the machine's rate of matrix products in the same precision.
        peer: The figure of the peer; None if there is none.
        peer_name: The name of the peer, and its precision.
        least_ratio: The target as a minimum ratio: how many times better than the peer kerasrec must be.
        limit: The target as a limit that kerasrec's figure must stay below.
    """

    what: str
    unit: str
    ours: float
    ours_name: str = ""
    share: float | None = None
    peer: float | None = None
    peer_name: str = ""
    least_ratio: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better kerasrec is than the peer, above 1 if it is better; None without a peer."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.unit.endswith("/s") else self.peer / self.ours

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without a target, or without a peer to compare with."""
        if self.limit is not None:
            return self.ours < self.limit
        if self.least_ratio is None or self.ratio is None:
            return None
        return self.ratio >= self.least_ratio

    def to_json(self) -> dict[str, Any]:
        """Returns all fields by name, with the ratio and whether the target is met."""
        return {**asdict(self), "ratio": self.ratio, "is_met": self.is_met}
