"""What the strategy of a search works with: its settings, its folder, and who is asked and told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Refused, Trial, Value


class Listener(Protocol):
    """Is told what happens in a search."""

    def began(self, trial: Trial) -> None:
        """A trial begins."""
        ...

    def ended(self, trial: Trial) -> None:
        """A trial has completed or failed."""
        ...

    def lost(self, trial: Trial) -> None:
        """A trial lost its worker, and waits for another."""
        ...

    def refused(self, refused: Refused) -> None:
        """A point was refused."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What an oracle works with.

    Attributes:
        settings: Of the search.
        folder: Where trials are written.
        refuse: Why a point cannot be tried, or None.
        listener: Is told what happens.
    """

    settings: SearchSettings
    folder: SearchFolder
    refuse: Callable[[dict[str, Value]], str | None]
    listener: Listener
