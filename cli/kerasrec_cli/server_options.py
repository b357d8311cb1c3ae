"""The options that say which server to ask, and how: the same names and words for every command that asks one."""

from pathlib import Path
from typing import Annotated, Any

import typer

_SERVER = "Server"

Model = Annotated[str, typer.Option(metavar="NAME", rich_help_panel=_SERVER, help="What the server calls the model.")]
Timeout = Annotated[
    float,
    typer.Option(metavar="SECONDS", rich_help_panel=_SERVER, help="Longest wait for an answer, retries included."),
]
ModelVersion = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=2**63 - 1,
        rich_help_panel=_SERVER,
        help="Ask this version.",
        show_default="the server's",
    ),
]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", rich_help_panel=_SERVER, help='Ask the version with this label, "stable" for instance.'
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", rich_help_panel=_SERVER, help="Connect over TLS; the server's certificate is signed by these."
    ),
]
TlsCert = Annotated[
    Path | None, typer.Option(metavar="FILE", rich_help_panel=_SERVER, help="The client's own certificate, PEM.")
]
TlsKey = Annotated[
    Path | None, typer.Option(metavar="FILE", rich_help_panel=_SERVER, help="Its private key, PEM, no password.")
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
    """What a client is made with, from the options."""
    from kerasrec.serving.client import TLS

    tls = TLS(tls_ca, tls_cert, tls_key) if tls_ca or tls_cert or tls_key else None
    return {"model": model, "timeout": timeout, "version": version, "label": label, "tls": tls}
