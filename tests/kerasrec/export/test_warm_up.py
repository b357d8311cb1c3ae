import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from kerasrec.export.warm_up import BATCHES, write_warm_up


def test_records_hold_batches_of_images_and_one_of_lines(tmp_path):
    pictures = [f"picture {number}".encode() for number in range(max(BATCHES))]
    images = np.arange(2 * 28 * 30, dtype=np.uint8).reshape(2, 28, 30, 1)
    write_warm_up(tmp_path, pictures, images, np.array([30, 12], np.int32))
    file = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    logs = [
        prediction_log_pb2.PredictionLog.FromString(record)
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator()
    ]
    assert [log.WhichOneof("log_type") for log in logs] == ["predict_log"] * 4
    requests = [log.predict_log.request for log in logs]
    assert [request.model_spec.signature_name for request in requests] == ["serving_default"] * 3 + ["log_probs"]
    for request, count in zip(requests, BATCHES, strict=False):
        assert tf.make_ndarray(request.inputs["image_bytes"]).tolist() == pictures[:count]
    sent = tf.make_ndarray(requests[-1].inputs["images"])
    assert sent.dtype == np.float32
    np.testing.assert_array_equal(sent, images)
    assert tf.make_ndarray(requests[-1].inputs["widths"]).tolist() == [30, 12]
