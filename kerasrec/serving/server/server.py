"""The server: models over gRPC and REST."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from kerasrec.serving.server.catalog import WatchSettings
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.grpc_endpoint import GrpcEndpoint
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.rest import rest_app
from kerasrec.serving.server.rest_endpoint import RestEndpoint
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.tls import ServerTLS

_FLUSH_SECONDS = 0.5  # to send computed answers; clients that watch the health never disconnect


class Ports(NamedTuple):
    """The ports of a server.

    Attributes:
        grpc: The gRPC port.
        rest: The port of REST and the page; None if they are off.
    """

    grpc: int
    rest: int | None


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens, and how it computes.

    Attributes:
        host: The address to listen on; the default accepts only clients on this machine.
        port: The gRPC port; 0 takes a free one.
        rest_port: The port of REST and the page, 0 for a free one; None turns them off.
        tls: The certificates for both; None serves without TLS.
        compute: The limits of requests and how they are batched.
        watch: How the models' folders are watched.
        allow_reload: Whether clients may change which models are served, below the folders that are served.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_port: int | None = 8501
    tls: ServerTLS | None = None
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    allow_reload: bool = False

    @property
    def limits(self) -> Limits:
        """The limits of each request."""
        return self.compute.limits


class Server:
    """Serves models until it is stopped. Use it in a `with` block, or call `start` and `stop`.

    Attributes:
        core: The core that answers the requests.
        ports: The ports of the server, bound when it is created.
    """

    def __init__(self, models: ModelServerConfig, settings: ServerSettings | None = None) -> None:
        """Binds the ports.

        Args:
            models: The models to serve, as in TensorFlow Serving's `models.config`.
            settings: The settings of the server.

        Raises:
            CannotServe: A port is not available.
        """
        self._settings = settings or ServerSettings()
        self._models = models
        self.core = ServingCore(
            self._settings.compute, self._settings.watch, self._set_serving, self._settings.allow_reload
        )
        self._rest = self._take_rest_port()
        try:
            where = (self._settings.host, self._settings.port)
            self._grpc = GrpcEndpoint(self.core, *where, self._settings.compute, self._settings.tls)
        except CannotServe:
            if self._rest:
                self._rest.wait()
            raise
        self.ports = Ports(self._grpc.port, self._rest.port if self._rest else None)

    def start(self) -> Ports:
        """Loads the models and starts to answer requests.

        Raises:
            CannotServe: A model has no version that can be loaded.
        """
        try:
            self.core.start(self._models.model_config_list.config)
            self._grpc.start()
            if self._rest:
                app = rest_app(self.core, self._settings.limits, lambda: self.core.model_names)
                self._rest.start(app, self._settings.tls)
        except CannotServe:
            self.stop(0)
            raise
        return self.ports

    def stop(self, grace: float = 10.0) -> None:
        """Refuses new requests, lets running ones finish, and stops.

        Args:
            grace: The seconds after which running requests are cancelled.
        """
        self._grpc.retire()
        self.core.drain(grace)  # gRPC and REST stay up and answer new requests with UNAVAILABLE
        self.core.close()  # waiting requests fail before gRPC and REST stop, so that clients get an answer
        if self._rest:
            self._rest.begin_stop(_FLUSH_SECONDS)
        self._grpc.stop(_FLUSH_SECONDS)
        if self._rest:
            self._rest.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _set_serving(self, is_serving: bool) -> None:
        self._grpc.set_serving(is_serving)

    def _take_rest_port(self) -> RestEndpoint | None:
        port = self._settings.rest_port
        return None if port is None else RestEndpoint(self._settings.host, port)
