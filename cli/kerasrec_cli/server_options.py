"""The options that select a server and the way to call it, shared by all commands that use one."""

from pathlib import Path
from typing import Annotated, Any

import typer

_SERVER = "Server"

Model = Annotated[str, typer.Option(metavar="NAME", rich_help_panel=_SERVER, help="The model's name on the server.")]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", rich_help_panel=_SERVER, help="Maximum time to wait for an answer, retries included."
    ),
]
ModelVersion = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=2**63 - 1,
        rich_help_panel=_SERVER,
        help="Use this version of the model.",
        show_default="chosen by the server",
    ),
]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", rich_help_panel=_SERVER, help='Use the version with this label, for example "stable".'
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(metavar="FILE", rich_help_panel=_SERVER, help="Connect over TLS, and trust these authorities (PEM)."),
]
TlsCert = Annotated[
    Path | None, typer.Option(metavar="FILE", rich_help_panel=_SERVER, help="The client's certificate (PEM).")
]
TlsKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", rich_help_panel=_SERVER, help="Its private key (PEM, without a password)."),
]


def client_settings(
    model: str,
    timeout: float,
    version: int | None,
    label: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> dict[str, Any]:
    """Returns the keyword arguments of a client, from the options."""
    from kerasrec.serving.client import TLS

    tls = TLS(tls_ca, tls_cert, tls_key) if tls_ca or tls_cert or tls_key else None
    return {"model": model, "timeout": timeout, "version": version, "label": label, "tls": tls}
