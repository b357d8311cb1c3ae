"""Warm-up records."""

import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import ClassifyLog, PredictionLog, PredictLog

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.warm_up_requests import FILE, read_warm_up


@pytest.fixture
def write_records(tmp_path):
    def write(*records):
        (tmp_path / FILE).parent.mkdir()
        with tf.io.TFRecordWriter(str(tmp_path / FILE)) as writer:
            for record in records:
                writer.write(record if isinstance(record, bytes) else record.SerializeToString())
        return tmp_path

    return write


def log_of(request):
    return PredictionLog(predict_log=PredictLog(request=request))


def test_records_are_read_in_order(write_records, predict_request):
    requests = [predict_request(image_bytes=[b"a"]), predict_request(signature="gate", image_bytes=[b"b"])]
    assert list(read_warm_up(write_records(*map(log_of, requests)))) == requests


def test_a_model_may_have_no_records(tmp_path):
    assert list(read_warm_up(tmp_path)) == []


def test_another_kind_of_record_is_refused(write_records):
    with pytest.raises(ServingError, match="Unsupported log_type for warmup: classify_log") as caught:
        list(read_warm_up(write_records(PredictionLog(classify_log=ClassifyLog()))))
    assert caught.value.code.name == "UNIMPLEMENTED"


def test_an_invalid_record_is_refused(write_records):
    with pytest.raises(ServingError, match="Failed to parse warmup record"):
        list(read_warm_up(write_records(b"\xff\xff")))


def test_a_damaged_file_is_refused(write_records, predict_request):
    folder = write_records(log_of(predict_request(image_bytes=[b"a" * 100])))
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:50])
    with pytest.raises(ServingError) as caught:
        list(read_warm_up(folder))
    assert caught.value.code.name in ("DATA_LOSS", "OUT_OF_RANGE")


def test_more_than_1000_records_are_refused(write_records, predict_request):
    folder = write_records(*[log_of(predict_request())] * 1001)
    with pytest.raises(ServingError, match="exceeds the maximum"):
        list(read_warm_up(folder))
