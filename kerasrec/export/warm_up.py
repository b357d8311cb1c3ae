"""Warm-up records: requests that TensorFlow Serving runs before a version answers, so that its first answer is fast."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from kerasrec.serving import wire

BATCHES = (1, 8, 32)
"""The number of images in each record. One more record, the last, is for `log_probs` and has lines."""


def write_warm_up(version: Path, pictures: Sequence[bytes], images: np.ndarray, widths: np.ndarray) -> None:
    """Writes the records of a version.

    Args:
        version: The version's folder.
        pictures: The bytes of images, at least as many as the largest batch.
        images: Lines (B, H, W, 1) uint8 for `log_probs`.
        widths: (B,) int32, the widths of the lines.
    """
    requests = [_request(wire.SERVING_DEFAULT, {wire.IMAGE_BYTES: np.array(pictures[:n], object)}) for n in BATCHES]
    requests.append(_request(wire.LOG_PROBS, {wire.IMAGES: images.astype(np.float32), wire.WIDTHS: widths}))
    file = version / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as records:
        for request in requests:
            log = prediction_log_pb2.PredictLog(request=request)
            records.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())


def _request(signature: str, inputs: dict[str, np.ndarray]) -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest()
    request.model_spec.signature_name = signature
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request
