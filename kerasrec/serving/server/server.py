"""The server: models behind gRPC and REST."""

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

_LAST_WORDS_SECONDS = 0.5  # to send answers that are computed; those who watch the health never hang up


class Ports(NamedTuple):
    """Where a server listens.

    Attributes:
        grpc: The port of gRPC.
        rest: The port of REST and the page; None where they are off.
    """

    grpc: int
    rest: int | None


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens, and how it computes.

    Attributes:
        host: The address; the default lets nobody in from other machines.
        port: Of gRPC; 0 takes any that is free.
        rest_port: Of REST and the page; None leaves them off.
        tls: Certificates for both; None speaks plain text.
        compute: Limits, batches and threads.
        watch: How the folders of the models are watched.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_port: int | None = 8501
    tls: ServerTLS | None = None
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)

    @property
    def limits(self) -> Limits:
        """The limits of each request."""
        return self.compute.limits


class Server:
    """Serves models until it is stopped. Use it in a `with` block, or call `start` and `stop`.

    Attributes:
        core: What answers the requests.
        ports: Where it listens; both are taken when this is made, and nothing else can take them.
    """

    def __init__(self, models: ModelServerConfig, settings: ServerSettings | None = None) -> None:
        """Takes the ports.

        Args:
            models: What to serve, as in TensorFlow Serving's `models.config`.
            settings: Where and how.

        Raises:
            CannotServe: A port is not available.
        """
        self._settings = settings or ServerSettings()
        self._models = models
        self.core = ServingCore(self._settings.compute, self._settings.watch, self._set_serving)
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
        """Loads the models and answers requests from then on.

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
        """Takes no new requests, lets those that run finish, and ends.

        Args:
            grace: Seconds after which what still runs is given up.
        """
        self._grpc.retire()
        self.core.drain(grace)  # meanwhile gRPC and REST answer: who comes now is told to go elsewhere
        self.core.close()  # who still waits is told so, and gRPC and REST have somebody to answer
        if self._rest:
            self._rest.begin_stop(_LAST_WORDS_SECONDS)
        self._grpc.stop(_LAST_WORDS_SECONDS)
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
