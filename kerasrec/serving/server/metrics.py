"""Metrics of requests in Prometheus' text format, under TensorFlow Serving's names."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

PATH = "/monitoring/prometheus/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_PREFIX = ":tensorflow:serving:"
_COUNT = f"{_PREFIX}request_count"
_BUCKETS = [10 * 1.8**i for i in range(33)]  # 10 microseconds to 25 minutes
_MOST_UNKNOWN_MODELS = 50
_OTHER_MODELS = "(other)"  # the name for all further unknown models
_LONGEST_NAME = 100


class Metrics:
    """Counts requests and how long they take. Safe to use from several threads."""

    def __init__(self) -> None:
        # Otherwise the library adds a third series to each count and sum, which TensorFlow Serving does not have.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._unknown_models: set[str] = set()
        self._served: set[str] = set()
        self._count = Counter(
            _COUNT, "The total number of requests.", ["model_name", "status"], registry=self._registry
        )
        self._latency = Histogram(
            f"{_PREFIX}request_latency",
            "Distribution of wall time (in microseconds) for requests.",
            ["model_name", "API", "entrypoint"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._runtime = Histogram(
            f"{_PREFIX}runtime_latency",
            "Distribution of wall time (in microseconds) for the TensorFlow runtime.",
            ["model_name", "API", "runtime"],
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def observe(self, model: str, api: str, entrypoint: str, status: str, microseconds: float) -> None:
        """Counts a request, and its latency if it was answered.

        Args:
            model: The name in the request, whether or not such a model is served.
            api: "Predict" over gRPC, "predict" over REST.
            entrypoint: "GRPC" or "REST".
            status: The name of the gRPC status code, such as "OK" or "NOT_FOUND".
            microseconds: The time from the arrival of the request to its answer.
        """
        answered = status == "OK"
        name = self._label(model, answered)
        self._count.labels(name, status).inc()
        if answered:
            self._latency.labels(name, api, entrypoint).observe(microseconds)

    def observe_runtime(self, model: str, microseconds: float) -> None:
        """Counts a run of a model's graph, which may answer several requests.

        Args:
            model: The model's name.
            microseconds: The duration of the run.
        """
        self._runtime.labels(self._label(model, True), "Predict", "TF1").observe(microseconds)

    def page(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""
        # The library appends _total to the name of every counter; TensorFlow Serving does not.
        return generate_latest(self._registry).replace(f"{_COUNT}_total".encode(), _COUNT.encode())

    def _label(self, model: str, is_served: bool) -> str:
        """Returns the name to count under, so that requests for unknown models cannot fill the memory."""
        name = model[:_LONGEST_NAME]
        if is_served:
            self._served.add(name)
        elif name not in self._served:
            if len(self._unknown_models) >= _MOST_UNKNOWN_MODELS and name not in self._unknown_models:
                return _OTHER_MODELS
            self._unknown_models.add(name)
        return name
