"""The files of TLS, checked before a server starts with them."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from kerasrec.errors import UsageError


@dataclass(frozen=True)
class ServerTLS:
    """Who a server is, and whom it lets in. All files are PEM.

    Attributes:
        cert: The server's certificate, and those between it and its authority.
        key: Its private key, without a password.
        client_ca: The authorities of clients' certificates; None lets any client in.
    """

    cert: Path
    key: Path
    client_ca: Path | None = None

    def __post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.cert, self.key, password=lambda: "")
        except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
            raise UsageError(
                f"Expected a certificate and its private key, without a password, as PEM files, but {self.cert} and "
                f"{self.key} are none: {error}. Check --tls-cert and --tls-key."
            ) from error
        if self.client_ca is None:
            return
        try:
            context.load_verify_locations(self.client_ca)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"Expected certificates of authorities as a PEM file, but {self.client_ca} is none: {error}. "
                "Check --tls-client-ca."
            ) from error

    def credentials(self) -> grpc.ServerCredentials:
        """The same for gRPC."""
        authorities = self.client_ca.read_bytes() if self.client_ca else None
        pair = (self.key.read_bytes(), self.cert.read_bytes())
        return grpc.ssl_server_credentials([pair], authorities, require_client_auth=self.client_ca is not None)


def server_tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> ServerTLS | None:
    """Puts together what a user names; None where it is nothing.

    Raises:
        UsageError: A part is missing, or a file is not what it should be.
    """
    if cert is not None and key is not None:
        return ServerTLS(cert, key, client_ca)
    if cert is None and key is None and client_ca is None:
        return None
    missing = " and ".join(name for name, file in (("--tls-cert", cert), ("--tls-key", key)) if file is None)
    raise UsageError(f"TLS needs a certificate and its key, but {missing} is missing. Give both, or none of them.")
