"""What is counted of the requests, under TensorFlow Serving's names and in Prometheus' words."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

PATH = "/monitoring/prometheus/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_PREFIX = ":tensorflow:serving:"
_COUNT = f"{_PREFIX}request_count"
_BUCKETS = [10 * 1.8**i for i in range(33)]  # 10 microseconds to 25 minutes
_MOST_UNKNOWN_MODELS = 50
_STRANGERS = "(other)"  # the models beyond, together
_LONGEST_NAME = 100


class Metrics:
    """Counts requests and how long they take. Safe to use from several threads."""

    def __init__(self) -> None:
        # Otherwise the library gives a third series beside each count and sum, which TensorFlow Serving lacks.
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
        """Counts a request; its time counts if it was answered.

        Args:
            model: The name that was asked for, whether such a model is served or not.
            api: "Predict" over gRPC, "predict" over REST.
            entrypoint: "GRPC" or "REST".
            status: The name of the gRPC status code: "OK", "NOT_FOUND".
            microseconds: From the request's arrival to its answer.
        """
        answered = status == "OK"
        name = self._label(model, answered)
        self._count.labels(name, status).inc()
        if answered:
            self._latency.labels(name, api, entrypoint).observe(microseconds)

    def observe_runtime(self, model: str, microseconds: float) -> None:
        """Counts a run of a model's graph, whatever number of requests it answers.

        Args:
            model: Its name.
            microseconds: How long the graph ran.
        """
        self._runtime.labels(self._label(model, True), "Predict", "TF1").observe(microseconds)

    def page(self) -> bytes:
        """All counts in Prometheus' text format."""
        # The library ends the name of every counter in _total; TensorFlow Serving does not.
        return generate_latest(self._registry).replace(f"{_COUNT}_total".encode(), _COUNT.encode())

    def _label(self, model: str, is_served: bool) -> str:
        """The name to count under: clients that ask for ever other models must not fill the memory with counters."""
        name = model[:_LONGEST_NAME]
        if is_served:
            self._served.add(name)
        elif name not in self._served:
            if len(self._unknown_models) >= _MOST_UNKNOWN_MODELS and name not in self._unknown_models:
                return _STRANGERS
            self._unknown_models.add(name)
        return name
