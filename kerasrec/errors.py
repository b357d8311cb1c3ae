"""The errors of kerasrec. Each is also the builtin exception that a caller would expect.

Every message says what was expected, what was received and what to do about it. `exit_code` is the exit status of the
command line: 2 for wrong usage (a value that can be corrected on the command line), 1 for a failed job.
"""

import re

_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_FIRST_ROOT = re.compile(r"\d+ root error\(s\) found\.\s*\(0\) \w+: (.*?)\n\s*\(1\) .*", re.DOTALL)
_STACK = re.compile(
    r"\A(Exception encountered when calling .*\n\s*)?(Graph execution error:\s*)?"
    r'(Detected at node .*\n(\s*File ".*\n|\s*\n| {4}.*\n)*(Node: .*\n)?)?'
)
_TAIL = re.compile(r"\n\s*(Traceback \(most recent call last\):|Detected at node |Arguments received by ).*", re.DOTALL)
_NODES = re.compile(r"\n\s*\[\[.*?\]\]|\{\{function_node [^{}]*\}\}|\[Op:\w+\]( name:.*)?")


def plain_reason(text: str) -> str:
    r"""Removes the names of nodes and operations, and the stacks, from a message of TensorFlow or Keras.

    >>> plain_reason("{{function_node __wrapped__ReadFile_device_/job:a}} a.txt; No such file [Op:ReadFile]")
    'a.txt; No such file'
    >>> plain_reason("Graph execution error:\n\nassertion failed: [At most] [5]\n\t [[{{node map/Assert}}]]")
    'assertion failed: [At most] [5]'
    """
    text = _FIRST_ROOT.sub(r"\1", _TAIL.sub("", _STACK.sub("", _COLOURS.sub("", text))))
    return _NODES.sub("", text).strip()


class KerasrecError(Exception):
    """Base of every error that kerasrec raises on purpose."""

    exit_code = 1


class UsageError(KerasrecError, ValueError):
    """A setting or an option has a value that cannot work."""

    exit_code = 2


class UnknownCharacter(KerasrecError, ValueError):
    """A text contains a character that is not in the alphabet."""


class MissingGlyph(KerasrecError, ValueError):
    """There is no glyph for a character."""


class InfeasibleLine(KerasrecError, ValueError):
    """A label needs more frames than its line has."""


class BadText(KerasrecError, ValueError):
    """A text source is empty, is not UTF-8 or has no characters that can be drawn."""


class BadImage(KerasrecError, ValueError):
    """A file is not an image, is damaged, or does not have the size of a line."""


class BadPage(KerasrecError, ValueError):
    """An XML file is not a page in ALTO or PAGE, or a line on it has no place that can be cut out."""


class BadLanguageModel(KerasrecError, ValueError):
    """A file is not a language model, is damaged or has another format."""


class BadRun(KerasrecError, ValueError):
    """A folder is not a run, is incomplete or was written by another version."""


class DataUnavailable(KerasrecError, OSError):
    """A data set or an image is not on this machine and cannot be downloaded."""


class CannotWrite(KerasrecError, OSError):
    """A file could not be written: the disk is full, or the folder is not writable."""


class WorkerLost(KerasrecError, ConnectionError):
    """A worker of a training on several hosts does not answer, was lost or has failed."""


class DivergedTraining(KerasrecError, ArithmeticError):
    """The loss became NaN or infinite."""


class ExportFailed(KerasrecError, RuntimeError):
    """A SavedModel does not run, or its outputs differ from those of its recognizer."""


class ClusterFailed(KerasrecError, ConnectionError):
    """A cluster does not answer or was lost, or its processes end again and again."""


class ServerError(KerasrecError, OSError):
    """Base of the errors of a request to a server."""


class ServerUnavailable(ServerError, ConnectionError):
    """No server answers at the target, or the connection was lost and could not be restored in time."""


class ServerTimeout(ServerError, TimeoutError):
    """A server did not answer within the timeout."""


class ServerBusy(ServerError, OSError):
    """A server is overloaded: its queue is full. Retry later, or with fewer requests at a time."""


class WrongServer(ServerError, ConnectionError):
    """The endpoint is not a recognizer server: it speaks another protocol or serves another kind of model."""


class BadTLS(ServerError, ConnectionError):
    """Client and server do not trust each other, or only one of them uses TLS."""


class UnknownModel(ServerError, LookupError):
    """A server does not serve the requested model, version or label."""
