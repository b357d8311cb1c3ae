"""A row of the table: what was timed, what came out, beside what, and the target."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure of kerasrec, and how it compares.

    Attributes:
        what: What was timed.
        unit: Unit of the figures. Rates ("lines/s") are better when high, everything else when low.
        ours: The figure of kerasrec.
        peer: The figure beside it; None where there is none.
        peer_name: Whose figure that is.
        least_ratio: The target as a ratio: how many times better than the peer kerasrec is to be.
        limit: The target as a figure that ours is to stay below.
    """

    what: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    least_ratio: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer kerasrec is, above 1 if it is; None without a peer."""
        if self.peer is None:
            return None
        return self.ours / self.peer if self.unit.endswith("/s") else self.peer / self.ours

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to compare with."""
        if self.limit is not None:
            return self.ours < self.limit
        if self.least_ratio is None or self.ratio is None:
            return None
        return self.ratio >= self.least_ratio

    def to_json(self) -> dict[str, Any]:
        """All figures by name, the ratio included."""
        return {**asdict(self), "ratio": self.ratio, "is_met": self.is_met}
