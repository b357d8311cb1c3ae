"""The errors of a search, in addition to those of the library."""

from kerasrec.errors import KerasrecError, UsageError


class NoTrialCompleted(KerasrecError, RuntimeError):
    """Every trial of a search failed, or every point was refused."""


class MissingTuner(UsageError, ImportError):
    """A package that a search needs is not installed."""


class BadChosen(UsageError):
    """A file with hyperparameters is damaged, or is another file."""

    exit_code = 1  # as for all files that cannot be read


class LostTrials(KerasrecError, RuntimeError):
    """The workers of a search are gone, some in the middle of a trial, and no other worker came."""


class ChiefUnavailable(KerasrecError, ConnectionError):
    """The chief of a search does not answer, or has failed."""
