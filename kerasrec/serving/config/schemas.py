"""Parses TensorFlow Serving's configuration files, to read them and to check those that are written."""

from google.protobuf import text_format
from google.protobuf.message import Message
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from kerasrec.errors import UsageError
from kerasrec.serving.messages import Field, build_messages

# The Python package of TensorFlow Serving has only the messages of models.config.
_MESSAGES = build_messages(
    "tensorflow.serving",
    {
        "Int64Value": {"value": Field(1, "int64")},
        "BatchingParameters": {
            "max_batch_size": Field(1, "Int64Value"),
            "batch_timeout_micros": Field(2, "Int64Value"),
            "max_enqueued_batches": Field(3, "Int64Value"),
            "num_batch_threads": Field(4, "Int64Value"),
            "allowed_batch_sizes": Field(6, "int64", repeated=True),
            "pad_variable_length_inputs": Field(7, "bool"),
        },
        "PrometheusConfig": {"enable": Field(1, "bool"), "path": Field(2, "string")},
        "MonitoringConfig": {"prometheus_config": Field(1, "PrometheusConfig")},
    },
)


def parse_models(text: str) -> ModelServerConfig:
    """Parses a `models.config`.

    Raises:
        UsageError: The text is not valid; the message names the line and the fault.
    """
    config: ModelServerConfig = _parse(text, ModelServerConfig(), "models.config")
    return config


def parse_batching(text: str) -> Message:
    """Parses a `batching_parameters.txt`; raises as `parse_models`."""
    return _parse(text, _MESSAGES["BatchingParameters"](), "batching_parameters.txt")


def parse_monitoring(text: str) -> Message:
    """Parses a `monitoring.config`; raises as `parse_models`."""
    return _parse(text, _MESSAGES["MonitoringConfig"](), "monitoring.config")


def _parse(text: str, message: Message, name: str) -> Message:
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as error:
        raise UsageError(
            f"Expected a {name} in TensorFlow Serving's text format, but it cannot be parsed at {error}. "
            "`kerasrec export --serving-config` writes one."
        ) from error
