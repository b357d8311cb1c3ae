"""The HTTP server for REST and the page, in its own thread."""

import errno
import socket
import ssl
import threading
import time
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette

from kerasrec.serving.server.connections import most_connections
from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.rest_connection import RestConnection
from kerasrec.serving.server.tls import ServerTLS

_START_SECONDS = 10.0
_QUEUE = 1024  # clients that wait to be accepted
_ACCEPTED_AT_ONCE = 32  # before connections beyond the most are closed; each takes a file
_REMEDIES = {
    errno.EADDRINUSE: "Stop the server that uses it, or choose another --rest-port.",
    errno.EACCES: "Choose a --rest-port above 1023: lower ones are reserved for the system.",
}


class RestEndpoint:
    """An HTTP server on a port.

    Attributes:
        port: The port that it listens on.
    """

    def __init__(self, host: str, port: int) -> None:
        """Binds the port; requests are answered after `start`.

        Args:
            host: The address to listen on.
            port: The port; 0 takes a free one.

        Raises:
            CannotServe: The port is not available.
        """
        try:
            self._socket = _listen(host, port)
        except OSError as error:
            remedy = _REMEDIES.get(error.errno or 0, f"Check --host {host}.")
            raise CannotServe(f"Port {port} of {host} is not available: {error.strerror or error}. {remedy}") from error
        self.port: int = self._socket.getsockname()[1]
        self._server: uvicorn.Server | None = None

    def start(self, app: Starlette, tls: ServerTLS | None = None) -> None:
        """Starts to answer requests.

        Args:
            app: The web application.
            tls: The certificates; None serves without TLS.
        """
        connection: Any = partial(RestConnection, most_connections())
        config = uvicorn.Config(
            app,
            http=connection,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            backlog=_ACCEPTED_AT_ONCE,
        )
        if tls:
            config.ssl_certfile, config.ssl_keyfile = str(tls.cert), str(tls.key)
            if tls.client_ca:
                config.ssl_ca_certs, config.ssl_cert_reqs = str(tls.client_ca), ssl.CERT_REQUIRED
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="rest", daemon=True)
        self._thread.start()
        self._wait_until_started()
        self._socket.listen(_QUEUE)  # uvicorn made the queue as short as what it accepts at once

    def begin_stop(self, grace: float) -> None:
        """Refuses new requests; running ones have `grace` seconds to finish."""
        if self._server is not None:
            self._server.config.timeout_graceful_shutdown = max(1, round(grace))
            self._server.should_exit = True

    def wait(self) -> None:
        """Waits until the server has stopped."""
        if self._server is not None:
            self._thread.join()
        self._socket.close()

    def _wait_until_started(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while self._server is not None and not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise CannotServe(f"The HTTP server on port {self.port} did not start. See its log.")
            time.sleep(0.01)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_QUEUE)  # a second server then finds the port taken at once
    except OSError:
        listening.close()
        raise
    return listening
