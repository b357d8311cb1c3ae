"""What the server does with a request, whatever way it came: protos in, protos out."""

from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest, ReloadConfigResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from kerasrec.serving.server.failure import ServingError, invalid, not_found, not_ready
from kerasrec.serving.server.limits import Limits


class _NoMetrics:
    def observe(self, model: str, api: str, entrypoint: str, status: str, microseconds: float) -> None:
        pass


class ServingCore:
    """Answers requests; every failure is a ServingError."""

    def __init__(self, folder: Path, name: str, limits: Limits) -> None:
        self.limits = limits
        self.metrics = _NoMetrics()
        self._name = name
        self._version = max(int(each.name) for each in folder.iterdir() if each.name.isdecimal())
        path = next(each for each in folder.iterdir() if each.name.isdecimal() and int(each.name) == self._version)
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            self._meta = tf.compat.v1.saved_model.loader.load(self._session, ["serve"], str(path))

    def predict(self, request: PredictRequest, timeout: float | None = None) -> PredictResponse:
        """Runs a signature."""
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        self._find(request.model_spec)
        name = request.model_spec.signature_name or "serving_default"
        if name not in self._meta.signature_def:
            raise not_ready(f'Serving signature key "{name}" not found.')
        signature = self._meta.signature_def[name]
        if set(request.inputs) != set(signature.inputs):
            raise invalid("input size does not match signature")
        feeds = {signature.inputs[alias].name: tf.make_ndarray(value) for alias, value in request.inputs.items()}
        fetches = {alias: info.name for alias, info in signature.outputs.items()}
        try:
            values = self._session.run(fetches, feeds)
        except tf.errors.OpError as error:
            raise invalid(error.message.replace("Graph execution error:\n\n", "").split("\n")[0]) from error
        except (TypeError, ValueError) as error:
            raise invalid(str(error)) from error
        response = PredictResponse()
        response.model_spec.name = self._name
        response.model_spec.version.value = self._version
        response.model_spec.signature_name = name
        for alias, value in values.items():
            if not request.output_filter or alias in request.output_filter:
                value = np.asarray(value)
                output = response.outputs[alias]
                output.dtype = signature.outputs[alias].dtype
                for size in value.shape:
                    output.tensor_shape.dim.add().size = size
                field = {np.dtype(np.float32): "float_val", np.dtype(np.int32): "int_val"}.get(
                    value.dtype, "string_val"
                )
                getattr(output, field).extend(value.ravel().tolist())
        return response

    def metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        """Describes the signatures of a model."""
        self._find(request.model_spec)
        response = GetModelMetadataResponse()
        response.model_spec.name = self._name
        response.model_spec.version.value = self._version
        signatures = SignatureDefMap()
        for name, signature in self._meta.signature_def.items():
            signatures.signature_def[name].CopyFrom(signature)
        response.metadata["signature_def"].Pack(signatures)
        return response

    def status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        """Tells the state of a model's versions."""
        if request.model_spec.name != self._name:
            raise not_found(f"Could not find any versions of model {request.model_spec.name}")
        response = GetModelStatusResponse()
        response.model_version_status.add(version=self._version, state=30).status.error_code = 0
        return response

    def reload(self, request: ReloadConfigRequest) -> ReloadConfigResponse:
        """Serves other models."""
        raise ServingError(grpc.StatusCode.UNIMPLEMENTED, "not yet")

    def signature(self, spec: ModelSpec) -> SignatureDef:
        """The signature that a request means; fails as `predict` does."""
        self._find(spec)
        return self._meta.signature_def[spec.signature_name or "serving_default"]

    def _find(self, spec: ModelSpec) -> None:
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        if spec.name != self._name:
            raise not_found(f"Servable not found for request: Latest({spec.name})")
        if spec.HasField("version") and spec.version.value != self._version:
            raise not_found(f"Servable not found for request: Specific({spec.name}, {spec.version.value})")
