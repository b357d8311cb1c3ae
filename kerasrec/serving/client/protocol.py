"""The client's protocol: the fields of TensorFlow Serving's messages that it needs, and the calls that use them.

Importing the published stubs imports TensorFlow and Keras, so the messages are built here. Numbers and types are from
`tensorflow_serving/apis/*.proto`, `tensorflow/core/framework/tensor.proto` and `grpc/health/v1/health.proto`.
"""

from typing import Any, NamedTuple

from kerasrec.serving.messages import Field, build_messages

FLOAT, INT32, STRING = 1, 3, 7
"""The types of tensors."""

AVAILABLE = 30
STATES = {0: "UNKNOWN", 10: "START", 20: "LOADING", AVAILABLE: "AVAILABLE", 40: "UNLOADING", 50: "END"}
"""The states of a model's version."""

SERVING = 1
"""The health status of a server that is up."""

_MESSAGES: dict[str, Any] = build_messages(
    "kerasrec.client",
    {
        "Int64Value": {"value": Field(1, "int64")},
        "ModelSpec": {
            "name": Field(1, "string"),
            "version": Field(2, "Int64Value", oneof="version_choice"),
            "signature_name": Field(3, "string"),
            "version_label": Field(4, "string", oneof="version_choice"),
        },
        "Dim": {"size": Field(1, "int64")},
        "TensorShape": {"dim": Field(2, "Dim", repeated=True)},
        "Tensor": {
            "dtype": Field(1, "int32"),
            "tensor_shape": Field(2, "TensorShape"),
            "tensor_content": Field(4, "bytes"),
            "float_val": Field(5, "float", repeated=True),
            "int_val": Field(7, "int32", repeated=True),
            "string_val": Field(8, "bytes", repeated=True),
        },
        "PredictRequest": {
            "model_spec": Field(1, "ModelSpec"),
            "inputs": Field(2, "Tensor", key="string"),
            "output_filter": Field(3, "string", repeated=True),
        },
        "PredictResponse": {"outputs": Field(1, "Tensor", key="string"), "model_spec": Field(2, "ModelSpec")},
        "GetModelStatusRequest": {"model_spec": Field(1, "ModelSpec")},
        "Status": {"error_code": Field(1, "int32"), "error_message": Field(2, "string")},
        "ModelVersionStatus": {
            "version": Field(1, "int64"),
            "state": Field(2, "int32"),
            "status": Field(3, "Status"),
        },
        "GetModelStatusResponse": {"model_version_status": Field(1, "ModelVersionStatus", repeated=True)},
        "HealthCheckRequest": {"service": Field(1, "string")},
        "HealthCheckResponse": {"status": Field(1, "int32")},
    },
)
Tensor = _MESSAGES["Tensor"]
PredictRequest = _MESSAGES["PredictRequest"]
PredictResponse = _MESSAGES["PredictResponse"]
GetModelStatusRequest = _MESSAGES["GetModelStatusRequest"]
GetModelStatusResponse = _MESSAGES["GetModelStatusResponse"]
HealthCheckRequest = _MESSAGES["HealthCheckRequest"]
HealthCheckResponse = _MESSAGES["HealthCheckResponse"]

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"
MODEL_SERVICE = "tensorflow.serving.ModelService"


class Call(NamedTuple):
    """A remote call: its path, and the classes of its request and its response."""

    path: str
    request: Any
    response: Any


PREDICT = Call(f"/{PREDICTION_SERVICE}/Predict", PredictRequest, PredictResponse)
GET_MODEL_STATUS = Call(f"/{MODEL_SERVICE}/GetModelStatus", GetModelStatusRequest, GetModelStatusResponse)
CHECK_HEALTH = Call("/grpc.health.v1.Health/Check", HealthCheckRequest, HealthCheckResponse)
CALLS = (PREDICT, GET_MODEL_STATUS, CHECK_HEALTH)
