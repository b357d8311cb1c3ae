"""The gRPC server: its port, threads and health service."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer

from kerasrec.serving.server.connections import IDLE_SECONDS, most_connections
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.intake import Intake, IntakeInterceptor
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.services import add_services
from kerasrec.serving.server.tls import ServerTLS

_SERVICES = ("", "ModelService", "PredictionService")  # TensorFlow Serving's names in the health service
_OTHER_CALLS = 16  # health, status and metadata, which are answered also while all predictions wait in batches
_SPARE_THREADS = 4  # to refuse calls beyond these
_IDLE_MILLISECONDS = 300_000  # of a connection without calls; clients reconnect when they need one
_State = health_pb2.HealthCheckResponse


class GrpcEndpoint:
    """A gRPC server on a port.

    Attributes:
        port: The port that it listens on.
    """

    def __init__(
        self, core: ServingCore, host: str, port: int, settings: ComputeSettings, tls: ServerTLS | None = None
    ) -> None:
        """Binds the port; requests are answered after `start`.

        Args:
            core: The core that answers the requests.
            host: The address to listen on.
            port: The port; 0 takes a free one.
            settings: How many requests may wait, and how large they may be.
            tls: The certificates; None serves without TLS.

        Raises:
            CannotServe: The port is not available.
        """
        batches = settings.batches
        waiting = batches.max_batch_size * (batches.max_enqueued_batches + batches.threads)
        self._server = grpc.server(
            ThreadPoolExecutor(waiting + _OTHER_CALLS + _SPARE_THREADS, "grpc"),
            interceptors=[IntakeInterceptor(Intake(waiting, settings.limits), Intake(_OTHER_CALLS, settings.limits))],
            options=_options(settings.limits.message_bytes),
        )
        add_services(core, self._server)
        self._health = HealthServicer()
        self._is_serving: bool | None = None
        self.set_serving(False)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._listen(host, port, tls)

    def start(self) -> None:
        """Starts to answer requests."""
        self._server.start()

    def set_serving(self, is_serving: bool) -> None:
        """Sets the health status of the server."""
        if is_serving == self._is_serving:
            return
        self._is_serving = is_serving
        for service in _SERVICES:
            self._health.set(service, _State.SERVING if is_serving else _State.NOT_SERVING)

    def retire(self) -> None:
        """Sets the health status to NOT_SERVING for good; later calls of `set_serving` have no effect."""
        self._health.enter_graceful_shutdown()

    def stop(self, grace: float) -> None:
        """Stops; running requests have `grace` seconds to finish."""
        self._server.stop(grace).wait()

    def _listen(self, host: str, port: int, tls: ServerTLS | None) -> int:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            if tls:
                return self._server.add_secure_port(address, tls.credentials())
            return self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise CannotServe(
                f"Port {port} of {host} is not available: another server uses it, or {host} is not an address of this "
                "machine. Stop the other server, or choose another --port."
            ) from error


def _options(message_bytes: int) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # otherwise a second server can bind the same port, and they share the requests
        ("grpc.max_receive_message_length", message_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.server_handshake_timeout_ms", round(IDLE_SECONDS * 1000)),
        ("grpc.max_connection_idle_ms", _IDLE_MILLISECONDS),
        ("grpc.max_allowed_incoming_connections", most_connections()),
    ]
