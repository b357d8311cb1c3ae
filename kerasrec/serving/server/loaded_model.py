"""A SavedModel in memory, run in a session like in TensorFlow Serving, by the names of its signatures."""

import gc
import math
import os
import time
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf

from kerasrec.errors import plain_reason
from kerasrec.serving.server.arrays import Array
from kerasrec.serving.server.failure import ServingError, from_tensorflow, invalid, not_found, not_ready
from kerasrec.serving.server.signature import Signature


class SavedModel:
    """A loaded SavedModel. Its methods may be called from several threads.

    Attributes:
        signatures: The signatures by name.
    """

    def __init__(self, folder: Path, config: tf.compat.v1.ConfigProto | None = None) -> None:
        """Loads the model.

        Args:
            folder: The folder with `saved_model.pb`.
            config: The threads and devices of the session.

        Raises:
            ServingError: There is no model, it is damaged, or this TensorFlow cannot run it.
        """
        session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        try:
            with session.graph.as_default():
                definition = tf.compat.v1.saved_model.loader.load(session, ["serve"], os.fspath(folder))
        except tf.errors.OpError as error:
            session.close()
            raise from_tensorflow(error) from error
        except Exception as error:  # a damaged file can cause any error
            session.close()
            raise not_found(f"{folder} cannot be loaded: {plain_reason(str(error))}") from error
        self._session: tf.compat.v1.Session | None = session
        self.signatures = {key: Signature(each) for key, each in definition.signature_def.items()}

    def signature(self, key: str) -> Signature:
        """Returns the signature with a name; raises ServingError if there is none."""
        if key not in self.signatures:
            raise not_ready(f'Serving signature key "{key}" not found.')
        return self.signatures[key]

    def run(self, key: str, feeds: list[Array], deadline: float = math.inf) -> list[Array]:
        """Runs a signature.

        Args:
            key: The signature's name.
            feeds: The inputs, in the order of `Signature.inputs`, of the right types.
            deadline: When to give up, in seconds of `time.monotonic`.

        Returns:
            The outputs, in the order of `Signature.outputs`.

        Raises:
            ServingError: The graph refuses these values, or the deadline has passed.
        """
        signature = self.signature(key)
        names = (each.tensor for each in signature.inputs)
        outputs = list(signature.outputs.values())
        session = self._session
        if session is None:
            raise _closed()
        try:
            values = session.run(outputs, dict(zip(names, feeds, strict=True)), options=_options(deadline))
        except tf.errors.OpError as error:
            if self._session is None:  # TensorFlow reports it as cancelled, but no client cancelled it
                raise _closed() from error
            raise from_tensorflow(error) from error
        except (TypeError, ValueError) as error:
            raise invalid(str(error)) from error
        except RuntimeError as error:  # it was closed just now
            raise _closed() from error
        return [_to_array(value, name) for value, name in zip(values, outputs, strict=True)]

    def close(self) -> None:
        """Unloads the model; running computations fail."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
        del session
        _collect_garbage()  # graph and session form a cycle: without it, each unloaded version keeps its memory


def _collect_garbage() -> None:
    """Collects all garbage, also among frozen objects; if there were any, those that remain are frozen again."""
    is_frozen = gc.get_freeze_count() > 0  # by `kerasrec serve`, when the first version was loaded
    gc.unfreeze()
    gc.collect()
    if is_frozen:
        gc.freeze()


def _options(deadline: float) -> tf.compat.v1.RunOptions | None:
    if deadline == math.inf:
        return None
    remaining = math.ceil((deadline - time.monotonic()) * 1000)
    return tf.compat.v1.RunOptions(timeout_in_ms=min(max(remaining, 1), 2**31))


def _to_array(value: Any, name: str) -> Array:
    """Returns an output as an array: TensorFlow returns a scalar as its value, and None for an operation."""
    if value is None:
        raise invalid(f"FetchOutputs {name}: output index too large, must be < 0")
    return np.array(value, object) if isinstance(value, bytes) else np.asarray(value)


def _closed() -> ServingError:
    return ServingError(grpc.StatusCode.UNAVAILABLE, "The model was unloaded")
