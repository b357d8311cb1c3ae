"""What a user sees on stderr: kerasrec's own log, and none of TensorFlow's unless something fails or in debug mode.

`TF_CPP_MIN_LOG_LEVEL` is the one switch: `configure` sets it, and a user who sets it to 0 sees everything.
"""

import contextlib
import importlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kerasrec.errors import KerasrecError
from kerasrec.weights import PORTABLE

if TYPE_CHECKING:
    from kerasrec.recognizer.line_reader import LineReader

_ONLY_FATAL = "3"
_NOISY_MODULES = r"(absl|google|keras|tensorboard|tensorflow|tensorflow_datasets)(\.|$)"


def configure(debug: bool = False) -> None:
    """Shows kerasrec's log, and sets the environment variables that TensorFlow and matplotlib read when imported.

    Variables of the log that are already set stay unchanged.

    Args:
        debug: Whether to keep the log lines and warnings of TensorFlow and Keras.
    """
    _show_log()
    os.environ["MPLBACKEND"] = "agg"  # files only; matplotlib does not start with a backend that it does not know
    if debug:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", _ONLY_FATAL)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # gRPC recovers from what its poller raises there
    warnings.filterwarnings("ignore", module=_NOISY_MODULES)


class _PlainHandler(logging.Handler):
    """Writes kerasrec's log, and what other libraries warn of, as plain lines to the current stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        is_own = record.name.partition(".")[0] == "kerasrec"
        if is_own or record.levelno >= logging.WARNING:
            print(record.getMessage() if is_own else self.format(record), file=sys.stderr, flush=True)


def _show_log() -> None:
    """Shows what the library logs, such as the size of a download. Calling it again has no effect.

    The handler is that of all loggers: without one, Abseil installs its own, and every line appears twice.
    """
    logging.getLogger("kerasrec").setLevel(logging.INFO)
    if not any(isinstance(handler, _PlainHandler) for handler in logging.root.handlers):
        logging.root.addHandler(_PlainHandler())


def start_tensorflow() -> None:
    """Imports Keras and TensorFlow, the slow part of a command, without their log lines."""
    with captured_stderr():
        importlib.import_module("kerasrec.backend")


def load_recognizer(path: Path, precision: str = "float32") -> "LineReader":
    """Loads a recognizer as `kerasrec.load` does, without the log lines of the library that computes it."""
    from kerasrec.training.loading import load_recognizer

    if path.suffix not in PORTABLE:
        start_tensorflow()
        return load_recognizer(path, precision)
    with captured_stderr():  # LiteRT has no setting for its log
        reader = load_recognizer(path)
        if path.suffix == ".tflite":  # it logs when it computes its first line
            import numpy as np

            reader.read_lines([np.zeros((reader.spec.height, 1), np.uint8)])
        return reader


@contextlib.contextmanager
def captured_stderr() -> Iterator[None]:
    """Holds back what the process writes to stderr, C++ included, and writes it only if the body fails unexpectedly.

    TensorFlow's libraries log while they are loaded, before they read TF_CPP_MIN_LOG_LEVEL. Only redirecting the file
    descriptor catches that.
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
        except KerasrecError:  # which says what is wrong
            raise
        except Exception:  # not Ctrl-C, which needs no explanation
            sys.stderr.flush()
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
