"""What can go wrong, each as its own class that also is the builtin a caller would expect.

Every message says what was expected, what was received and what to do about it. `exit_code` is what the
command line ends with: 2 for wrong usage (a value that can be corrected on the command line), 1 for a failed job.
"""


class KerasrecError(Exception):
    """Base of every error that kerasrec raises on purpose."""

    exit_code = 1


class UsageError(KerasrecError, ValueError):
    """A setting or an option has a value that cannot work."""

    exit_code = 2


class UnknownCharacter(KerasrecError, ValueError):
    """A text holds a character that the alphabet lacks."""


class MissingGlyph(KerasrecError, ValueError):
    """A character has no glyph to draw it with."""


class InfeasibleLine(KerasrecError, ValueError):
    """A label needs more frames than its line has."""


class BadText(KerasrecError, ValueError):
    """A text source is empty, is not UTF-8 or holds nothing that can be drawn."""


class BadImage(KerasrecError, ValueError):
    """A file is no image, is damaged, or has a size that cannot be a line."""


class BadRun(KerasrecError, ValueError):
    """A folder is no run, is half written or comes from another version."""


class DataUnavailable(KerasrecError, OSError):
    """A data set is neither prepared here nor can it be downloaded."""


class CannotWrite(KerasrecError, OSError):
    """A file could not be written: the disk is full, or the folder may not be written to."""


class DivergedTraining(KerasrecError, ArithmeticError):
    """The loss became NaN or infinite."""


class ExportFailed(KerasrecError, RuntimeError):
    """A SavedModel does not run where it should, or gives something else than its recognizer."""


class ServerError(KerasrecError, OSError):
    """A server did not do what it was asked for; the base of all errors that only a server can bring about."""


class ServerUnavailable(ServerError, ConnectionError):
    """No server answers at the target, or it went away and did not come back in time."""


class ServerTimeout(ServerError, TimeoutError):
    """A server did not answer within the time that it was given."""


class ServerBusy(ServerError, OSError):
    """A server has too much to do: its queue is full. Later, or with fewer requests at a time, it will answer."""


class WrongServer(ServerError, ConnectionError):
    """What answers is no server of recognizers: it speaks another protocol, or serves a model of another kind."""


class BadTLS(ServerError, ConnectionError):
    """Client and server do not trust each other, or only one of them uses TLS."""


class UnknownModel(ServerError, LookupError):
    """A server does not serve the model, the version or the label that was asked for."""
