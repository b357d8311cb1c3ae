"""A version exported from a small run, and sessions that run any version as a server does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.export.saved_model import Exported
from kerasrec.export.signatures import ExportedRecognizer
from kerasrec.recognizer.exporting import to_parts
from kerasrec.recognizer.recognizer import Recognizer

LETTERS = {"a": "é", "b": "ß", "c": "中", "d": "😀"}


class Loaded:
    """A version in a session like that of TensorFlow Serving: `loaded("serving_default", image_bytes=[...])`.

    Its graph is not optimized, which takes seconds; an export's own check and the server's tests optimize it.
    """

    def __init__(self, version: Path) -> None:
        config = tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        self.session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        with self.session.graph.as_default():
            self.signatures = tf.compat.v1.saved_model.load(self.session, ["serve"], str(version)).signature_def

    def __call__(self, name: str, **inputs: Any) -> dict[str, np.ndarray]:
        feeds = {self.signatures[name].inputs[key].name: value for key, value in inputs.items()}
        return self.session.run({key: info.name for key, info in self.signatures[name].outputs.items()}, feeds)


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Version 1 of the small run, with letters beyond ASCII; tests must not change it."""
    small = trained.recognizer()
    alphabet = Alphabet("".join(LETTERS.get(each, each) for each in small.alphabet.characters))
    recognizer = Recognizer(small.architecture, alphabet, small.spec, small.model)
    recognizer.temperature = 1.2
    return recognizer.export(tmp_path_factory.mktemp("models") / "lines")


@pytest.fixture(scope="module")
def load() -> Iterator[Callable[[Path], Loaded]]:
    """Loads a version as TensorFlow Serving does, each once: the first call of a signature takes seconds."""
    loaded: dict[Path, Loaded] = {}

    def load(version: Path) -> Loaded:
        if version not in loaded:
            loaded[version] = Loaded(version)
        return loaded[version]

    yield load
    for each in loaded.values():
        each.session.close()


@pytest.fixture(scope="session")
def save(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recognizer], Path]:
    """Saves a recognizer with its signatures and nothing else."""

    def save(recognizer: Recognizer) -> Path:
        folder = tmp_path_factory.mktemp("saved")
        exported = ExportedRecognizer(to_parts(recognizer))
        tf.saved_model.save(exported, str(folder), signatures=exported.signatures())
        return folder

    return save
