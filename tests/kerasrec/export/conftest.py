"""A version exported from a small run, and sessions that run any version as a server does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.export.saved_model import Exported
from kerasrec.export.signatures import ExportedRecognizer
from kerasrec.recognizer.exporting import to_parts
from kerasrec.recognizer.recognizer import Recognizer

Call = Callable[..., dict[str, np.ndarray]]


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Version 1 of the small run; tests must not change it."""
    return trained.recognizer().export(tmp_path_factory.mktemp("models") / "lines")


@pytest.fixture
def session() -> Iterator[tf.compat.v1.Session]:
    """A session of the kind that TensorFlow Serving runs."""
    session = tf.compat.v1.Session(graph=tf.Graph())
    yield session
    session.close()


@pytest.fixture
def load(session: tf.compat.v1.Session) -> Callable[[Path], Call]:
    """Loads a version as TensorFlow Serving does: `load(version)("serving_default", image_bytes=[...])`."""

    def load(version: Path) -> Call:
        signatures = load_signatures(session, version)

        def call(name: str, **inputs: Any) -> dict[str, np.ndarray]:
            feeds = {signatures[name].inputs[key].name: value for key, value in inputs.items()}
            return session.run({key: info.name for key, info in signatures[name].outputs.items()}, feeds)

        return call

    return load


@pytest.fixture
def signatures_of(session: tf.compat.v1.Session) -> Callable[[Path], Any]:
    """Loads a version and returns its signatures."""
    return lambda version: load_signatures(session, version)


def load_signatures(session: tf.compat.v1.Session, version: Path) -> Any:
    with session.graph.as_default():
        return tf.compat.v1.saved_model.load(session, ["serve"], str(version)).signature_def


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Recognizer], Path]:
    """Saves a recognizer with its signatures and nothing else."""

    def save(recognizer: Recognizer) -> Path:
        exported = ExportedRecognizer(to_parts(recognizer))
        tf.saved_model.save(exported, str(tmp_path / "saved"), signatures=exported.signatures())
        return tmp_path / "saved"

    return save
