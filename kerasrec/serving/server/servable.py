"""A version of a model that answers requests: the loaded SavedModel, its warm-up and its batching."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from kerasrec.serving.server.arrays import Array, write_array
from kerasrec.serving.server.batch_tasks import Task
from kerasrec.serving.server.batching import Batcher, BatchSettings
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.loaded_model import SavedModel
from kerasrec.serving.server.signature import Signature
from kerasrec.serving.server.warm_up_requests import read_warm_up
from kerasrec.serving.wire import SERVING_DEFAULT

_LAST_SECONDS = 5.0  # for computations to notice that their session is closed


@dataclass(frozen=True)
class ComputeSettings:
    """How models are computed.

    Attributes:
        limits: The limits of each request.
        batches: How requests are merged into batches.
    """

    limits: Limits = Limits()
    batches: BatchSettings = BatchSettings()


class Servable:
    """A version of a model. Its methods may be called from several threads.

    Attributes:
        name: The model's name.
        version: The version's number.
    """

    def __init__(
        self,
        name: str,
        version: int,
        folder: Path,
        settings: ComputeSettings,
        observe: Callable[[str, float], None] | None = None,
    ) -> None:
        """Loads a version and runs its warm-up records.

        Args:
            name: The model's name.
            version: The version's number.
            folder: The folder of the SavedModel.
            settings: How it is computed.
            observe: Called after each run of the graph with the model's name and the microseconds.

        Raises:
            ServingError: The version cannot be loaded, or a warm-up record fails.
        """
        self.name = name
        self.version = version
        self._limits = settings.limits
        self._observe = observe
        self._model = SavedModel(folder, _session_config())
        try:
            self._warm_up(folder)
        except ServingError:
            self._model.close()
            raise
        self._batcher = Batcher(self._run, settings.batches, f"{name}-{version}")

    @property
    def signatures(self) -> dict[str, Signature]:
        """The signatures by name."""
        return self._model.signatures

    def signature(self, key: str) -> Signature:
        """Returns the signature that a request names; raises ServingError if there is none."""
        return self._model.signature(key or SERVING_DEFAULT)

    def predict(
        self, request: PredictRequest, deadline: float = math.inf, is_wanted: Callable[[], bool] = lambda: True
    ) -> PredictResponse:
        """Answers a request, possibly in a batch with others.

        Args:
            request: The request.
            deadline: When to give up, in seconds of `time.monotonic`.
            is_wanted: Returns whether the client still waits.

        Raises:
            ServingError: The request is invalid, fails, or is not computed in time.
            Closed: The version was unloaded.
        """
        key = request.model_spec.signature_name or SERVING_DEFAULT
        signature = self._model.signature(key)
        feeds = signature.read(request.inputs, self._limits)
        wanted = signature.wanted_outputs(request.output_filter)
        values = self._batcher.run(Task(key, feeds, deadline, is_wanted))
        return self._respond(key, {alias: dict(zip(signature.outputs, values, strict=True))[alias] for alias in wanted})

    def close(self, grace: float = math.inf) -> None:
        """Unloads the version when its running requests are done, or after `grace` seconds."""
        self._batcher.close(grace)
        self._model.close()
        self._batcher.join(_LAST_SECONDS)  # a thread still inside TensorFlow would abort the process at its end

    def _respond(self, key: str, outputs: dict[str, Array]) -> PredictResponse:
        response = PredictResponse()
        response.model_spec.name = self.name
        response.model_spec.version.value = self.version
        response.model_spec.signature_name = key
        for alias, values in outputs.items():
            write_array(values, response.outputs[alias])
        return response

    def _run(self, key: str, feeds: list[Array], deadline: float) -> list[Array]:
        started = time.perf_counter()
        outputs = self._model.run(key, feeds, deadline)
        if self._observe:
            self._observe(self.name, (time.perf_counter() - started) * 1e6)
        return outputs

    def _warm_up(self, folder: Path) -> None:
        no_limits = Limits(message_bytes=2**40, images=2**40)
        for request in read_warm_up(folder):
            signature = self.signature(request.model_spec.signature_name)
            feeds = signature.read(request.inputs, no_limits)
            self._model.run(request.model_spec.signature_name or SERVING_DEFAULT, feeds)


def _session_config() -> tf.compat.v1.ConfigProto:
    """Returns a configuration with TensorFlow's own threads: a single request uses all cores and can time out."""
    config = tf.compat.v1.ConfigProto()
    config.gpu_options.allow_growth = True  # instead of taking all the GPU's memory at once
    return config
