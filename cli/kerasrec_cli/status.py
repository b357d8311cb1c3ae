"""`kerasrec status`: shows what a server serves, and whether it is ready."""

from typing import Annotated

import typer

from kerasrec_cli import server_options
from kerasrec_cli.table import format_table

EXAMPLES = """Examples:

kerasrec status --server localhost:8500

kerasrec status --server localhost:8500 --model lines --model-version 3
"""


def status(
    server: Annotated[str, typer.Option(metavar="HOST:PORT", help="The server's gRPC address.")],
    model: server_options.Model = "lines",
    timeout: server_options.Timeout = 5.0,
    model_version: server_options.ModelVersion = None,
    tls_ca: server_options.TlsCa = None,
    tls_cert: server_options.TlsCert = None,
    tls_key: server_options.TlsKey = None,
) -> None:
    """Shows the versions of a model on a server, and whether the server is ready.

    The exit code is 0 if the server is up and a version of the model is available, and 1 otherwise.
    """
    settings = server_options.client_settings(model, timeout, model_version, None, tls_ca, tls_cert, tls_key)
    from kerasrec.serving.client import Client

    with Client(server, retries=0, **settings) as client:
        versions = client.status()
        obstacle = client.obstacle()
    rows = [[str(each.version), each.state, each.error] for each in versions]
    print(f"model {model} at {server}\n")
    print(*format_table(("version", "state", ""), rows, left=3), sep="\n")
    if obstacle:
        typer.secho(f"\nnot ready: {obstacle}", fg="red", err=True)
        raise typer.Exit(1)
    print("\nready")
