"""What a user hears: kerasrec's own remarks, and of TensorFlow nothing, unless something fails or debugging is on.

`TF_CPP_MIN_LOG_LEVEL` is the one switch: `configure` sets it, and a user who sets it to 0 hears everything.
"""

import contextlib
import importlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

_ONLY_FATAL = "3"
_CHATTY_MODULES = r"(absl|google|keras|tensorboard|tensorflow|tensorflow_datasets)(\.|$)"


def configure(debug: bool = False) -> None:
    """Lets kerasrec's remarks be heard, and sets what TensorFlow and Keras read from the environment when imported.

    What is set in the environment already stays.

    Args:
        debug: True leaves the log lines and warnings of TensorFlow and Keras on.
    """
    _show_remarks()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if debug:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", _ONLY_FATAL)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=_CHATTY_MODULES)


class _Remarks(logging.Handler):
    """Writes log records as plain lines to whatever stderr is at that time."""

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr, flush=True)


def _show_remarks() -> None:
    """Shows what the library logs, the size of a download for instance: once, however often this is called."""
    logger = logging.getLogger("kerasrec")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _Remarks) for handler in logger.handlers):
        logger.addHandler(_Remarks())


def start_tensorflow() -> None:
    """Imports Keras and TensorFlow, the slow part of a command, without the lines that they log on the way."""
    with _stderr_held_back():
        importlib.import_module("keras")


@contextlib.contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Holds back what the process writes to stderr, C++ included, and lets it out only where the body fails.

    TensorFlow's libraries log while they are loaded, before they read TF_CPP_MIN_LOG_LEVEL; only the file descriptor
    is below that.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") == "0":
        yield
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:  # Ctrl-C is no failure to explain
            sys.stderr.flush()
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
