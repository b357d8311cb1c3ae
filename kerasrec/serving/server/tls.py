"""The TLS files of a server, checked before it starts."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from kerasrec.errors import UsageError


@dataclass(frozen=True)
class ServerTLS:
    """The certificates of a server, and of the clients that it accepts, as PEM files.

    Attributes:
        cert: The server's certificate with its intermediate certificates.
        key: The certificate's private key, without a password.
        client_ca: The CA certificates for client certificates; None accepts any client.
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
                f"Expected a certificate and its private key, without a password, as PEM files, but received "
                f"{self.cert} and {self.key}: {error}. Check --tls-cert and --tls-key."
            ) from error
        if self.client_ca is None:
            return
        try:
            context.load_verify_locations(self.client_ca)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"Expected CA certificates as a PEM file, but received {self.client_ca}: {error}. Check "
                "--tls-client-ca."
            ) from error

    def credentials(self) -> grpc.ServerCredentials:
        """Returns the credentials for gRPC."""
        authorities = self.client_ca.read_bytes() if self.client_ca else None
        pair = (self.key.read_bytes(), self.cert.read_bytes())
        return grpc.ssl_server_credentials([pair], authorities, require_client_auth=self.client_ca is not None)


def server_tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> ServerTLS | None:
    """Returns the TLS settings for a user's files; None if there are no files.

    Raises:
        UsageError: The certificate or its key is missing, or a file is invalid.
    """
    if cert is not None and key is not None:
        return ServerTLS(cert, key, client_ca)
    if cert is None and key is None and client_ca is None:
        return None
    missing = " and ".join(name for name, file in (("--tls-cert", cert), ("--tls-key", key)) if file is None)
    raise UsageError(f"TLS needs a certificate and its key, but {missing} is missing. Give both or neither.")
