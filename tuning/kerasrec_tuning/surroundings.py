"""What the strategy of a search works with: the settings, the folder, the check for points and the listener."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Refused, Trial, Value


class Listener(Protocol):
    """Receives the events of a search."""

    def began(self, trial: Trial) -> None:
        """A trial starts."""
        ...

    def ended(self, trial: Trial) -> None:
        """A trial has completed or failed."""
        ...

    def lost(self, trial: Trial) -> None:
        """A trial lost its worker and waits for another."""
        ...

    def refused(self, refused: Refused) -> None:
        """A point was refused."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What an oracle works with.

    Attributes:
        settings: The settings of the search.
        folder: The folder of the search.
        refuse: Returns the reason to refuse a point, or None.
        listener: The listener for the events of the search.
    """

    settings: SearchSettings
    folder: SearchFolder
    refuse: Callable[[dict[str, Value]], str | None]
    listener: Listener
