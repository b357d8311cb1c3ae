"""Reads the warm-up records of a SavedModel, requests that are run so that the first real one is not slow."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from kerasrec.serving.server.failure import ServingError, from_tensorflow, invalid

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
_MOST_RECORDS = 1000


def read_warm_up(folder: Path) -> Iterator[PredictRequest]:
    """Yields the warm-up requests of a model; none if it has no such file.

    Args:
        folder: The folder of the SavedModel.

    Raises:
        ServingError: The file is damaged, or has too many records or a record of another kind.
    """
    file = folder / FILE
    if not file.is_file():
        return
    try:
        for number, record in enumerate(tf.compat.v1.io.tf_record_iterator(str(file))):
            if number == _MOST_RECORDS:
                raise invalid(f"Number of warmup records exceeds the maximum ({_MOST_RECORDS}) at {file}")
            yield _read_record(record, file)
    except tf.errors.OpError as error:
        raise from_tensorflow(error) from error


def _read_record(record: bytes, file: Path) -> PredictRequest:
    try:
        log = PredictionLog.FromString(record)
    except DecodeError as error:
        raise ServingError(grpc.StatusCode.DATA_LOSS, f"Failed to parse warmup record: {error} at {file}") from error
    if log.WhichOneof("log_type") != "predict_log":
        text = f"Unsupported log_type for warmup: {log.WhichOneof('log_type')} at {file}"
        raise ServingError(grpc.StatusCode.UNIMPLEMENTED, text)
    return log.predict_log.request
