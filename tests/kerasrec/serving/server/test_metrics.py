"""Metrics: the names, labels and buckets of TensorFlow Serving, and bounded memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kerasrec.serving.server.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Returns each sample by name and labels, without the _total that the parser appends to counters."""
    families = text_string_to_metric_families(metrics.page().decode())
    found = [each for family in families for each in family.samples]
    return {(each.name.removesuffix("_total"), tuple(sorted(each.labels.items()))): each.value for each in found}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((f":tensorflow:serving:{name}", tuple(sorted(labels.items()))))


def test_requests_are_counted_by_model_and_status():
    metrics = Metrics()
    for status in ("OK", "OK", "NOT_FOUND"):
        metrics.observe("lines", "Predict", "GRPC", status, 1000)
    metrics.observe("lines", "predict", "REST", "OK", 1000)
    assert value(metrics, "request_count", model_name="lines", status="OK") == 3
    assert value(metrics, "request_count", model_name="lines", status="NOT_FOUND") == 1


def test_the_counter_has_no_total_suffix():
    metrics = Metrics()
    metrics.observe("a", "Predict", "GRPC", "OK", 5)
    lines = metrics.page().decode().splitlines()
    assert "# TYPE :tensorflow:serving:request_count counter" in lines
    assert ':tensorflow:serving:request_count{model_name="a",status="OK"} 1.0' in lines
    assert not [line for line in lines if "_total" in line or "_created" in line]


def test_the_latency_of_answered_requests_is_in_microseconds():
    metrics = Metrics()
    for microseconds in (9, 11, 5000):
        metrics.observe("lines", "predict", "REST", "OK", microseconds)
    metrics.observe("lines", "predict", "REST", "INVALID_ARGUMENT", 7)
    labels = {"model_name": "lines", "API": "predict", "entrypoint": "REST"}
    assert value(metrics, "request_latency_count", **labels) == 3
    assert value(metrics, "request_latency_sum", **labels) == 5020
    assert value(metrics, "request_latency_bucket", le="10.0", **labels) == 1
    assert value(metrics, "request_latency_bucket", le="18.0", **labels) == 2
    assert value(metrics, "request_latency_bucket", le="+Inf", **labels) == 3
    buckets = [key for key in samples(metrics) if key[0].endswith("request_latency_bucket")]
    assert len(buckets) == 34


def test_grpc_and_rest_are_counted_separately():
    metrics = Metrics()
    metrics.observe("lines", "Predict", "GRPC", "OK", 100)
    metrics.observe("lines", "predict", "REST", "OK", 200)
    assert value(metrics, "request_latency_sum", model_name="lines", API="Predict", entrypoint="GRPC") == 100
    assert value(metrics, "request_latency_sum", model_name="lines", API="predict", entrypoint="REST") == 200


def test_runs_of_the_graph_are_counted_separately():
    metrics = Metrics()
    metrics.observe_runtime("lines", 8000)
    assert value(metrics, "runtime_latency_sum", model_name="lines", API="Predict", runtime="TF1") == 8000
    assert value(metrics, "request_count", model_name="lines", status="OK") is None


def test_servers_have_separate_metrics():
    one, other = Metrics(), Metrics()
    one.observe("lines", "Predict", "GRPC", "OK", 1)
    assert samples(one) and not samples(other)


def test_names_of_unknown_models_do_not_accumulate():
    metrics = Metrics()
    for number in range(1000):
        metrics.observe(f"model{number}", "Predict", "GRPC", "NOT_FOUND", 1)
    metrics.observe("x" * 1_000_000, "Predict", "GRPC", "NOT_FOUND", 1)
    metrics.observe("lines", "Predict", "GRPC", "OK", 1)
    assert value(metrics, "request_count", model_name="(other)", status="NOT_FOUND") == 951
    assert value(metrics, "request_count", model_name="lines", status="OK") == 1
    assert len(metrics.page()) < 20_000


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "ä", ""])
def test_any_name_can_be_counted(name):
    metrics = Metrics()
    metrics.observe(name, "Predict", "GRPC", "NOT_FOUND", 1)
    assert value(metrics, "request_count", model_name=name, status="NOT_FOUND") == 1


def test_no_request_is_lost_between_threads():
    metrics = Metrics()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: metrics.observe(f"m{i % 3}", "Predict", "GRPC", "OK", i), range(3000)))
    counts = [value(metrics, "request_count", model_name=f"m{i}", status="OK") for i in range(3)]
    assert counts == [1000, 1000, 1000]
