"""REST and the page: the port, in a thread of its own."""

import errno
import socket
import ssl
import threading
import time

import uvicorn
from starlette.applications import Starlette

from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.tls import ServerTLS

_START_SECONDS = 10.0
_REMEDIES = {
    errno.EADDRINUSE: "Stop the server that has it, or choose another --rest-port.",
    errno.EACCES: "Choose another --rest-port: those below 1024 are the system's.",
}


class RestEndpoint:
    """An HTTP server on a port.

    Attributes:
        port: The port that it has.
    """

    def __init__(self, host: str, port: int) -> None:
        """Takes the port; nothing is answered before `start`.

        Args:
            host: The address to listen at.
            port: The port; 0 takes any that is free.

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
        """Answers requests from now on.

        Args:
            app: What answers.
            tls: Certificates; None speaks plain text.
        """
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
        if tls:
            config.ssl_certfile, config.ssl_keyfile = str(tls.cert), str(tls.key)
            if tls.client_ca:
                config.ssl_ca_certs, config.ssl_cert_reqs = str(tls.client_ca), ssl.CERT_REQUIRED
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="rest", daemon=True)
        self._thread.start()
        self._wait_until_started()

    def begin_stop(self, grace: float) -> None:
        """Takes no new requests; those that run have `grace` seconds."""
        if self._server is not None:
            self._server.config.timeout_graceful_shutdown = max(1, round(grace))
            self._server.should_exit = True

    def wait(self) -> None:
        """Waits until all is done."""
        if self._server is not None:
            self._thread.join()
        self._socket.close()

    def _wait_until_started(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while self._server is not None and not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise CannotServe(f"The HTTP server on port {self.port} did not start; its log says why.")
            time.sleep(0.01)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)  # so that a second server finds it taken at once
    except OSError:
        listening.close()
        raise
    return listening
