"""Runs a SavedModel in a process that can import neither Keras nor kerasrec, as in TensorFlow Serving.

A standalone program that imports nothing from kerasrec: `python -P reload.py VERSION OUTPUTS`. It runs the version's
warm-up records, as a server does before its first answer, and writes their outputs to an npz file, in which `I/NAME` is
the output NAME of record I.
"""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ABSENT = ("keras", "kerasrec", "kerasrec_cli", "kerasrec_tuning")


class _Without:
    """A module finder that does not find the absent modules."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.partition(".")[0] in _ABSENT else self._finder.find_spec(name, path, target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


def main(version: Path, outputs: Path) -> None:
    """Runs the warm-up records of a version and writes their outputs."""
    sys.meta_path[:] = [_Without(finder) for finder in sys.meta_path]
    if any(importlib.util.find_spec(name) for name in _ABSENT):
        raise SystemExit(f"{', '.join(_ABSENT)} must not be importable here, but at least one is.")

    import numpy as np

    results = enumerate(_run(version))
    np.savez(outputs, **{f"{record}/{name}": value for record, found in results for name, value in found.items()})


def _run(version: Path) -> Iterator[dict[str, Any]]:
    import numpy as np
    import tensorflow as tf

    def to_text(value: Any) -> Any:
        return np.array([each.decode() for each in value.flat]).reshape(value.shape) if value.dtype == object else value

    records = list(_read_records(version))
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], str(version)).signature_def
        for request in records:
            signature = signatures[request.model_spec.signature_name]
            feeds = {signature.inputs[name].name: tf.make_ndarray(value) for name, value in request.inputs.items()}
            outputs = session.run({name: info.name for name, info in signature.outputs.items()}, feeds)
            yield {name: to_text(value) for name, value in outputs.items()}


def _read_records(version: Path) -> Iterator[Any]:
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    file = version / "assets.extra" / "tf_serving_warmup_requests"
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        yield prediction_log_pb2.PredictionLog.FromString(record).predict_log.request


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
