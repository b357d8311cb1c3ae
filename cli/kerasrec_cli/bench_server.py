"""`kerasrec bench-server`: measures a server under load."""

import asyncio
import io
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import server_options

if TYPE_CHECKING:
    from kerasrec.serving.client.load import LoadReport

EXAMPLES = """Examples:

kerasrec bench-server --server localhost:8500 line.png

kerasrec bench-server --server localhost:8500 --clients 8 --images-per-request 32 --out latencies.png scans/
"""

_PERCENTILES = (50, 95, 99)


def bench_server(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGES", help="Images of one line each, folders or glob patterns.")
    ],
    server: Annotated[str, typer.Option(metavar="HOST:PORT", help="The server's gRPC address.")],
    clients: Annotated[int, typer.Option(metavar="N", min=1, help="Number of concurrent clients.")] = 32,
    requests: Annotated[int, typer.Option(metavar="N", min=1, help="Total number of requests.")] = 2000,
    images_per_request: Annotated[int, typer.Option(metavar="N", min=1, help="Images per request.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also plot the latencies as a PNG.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    model: server_options.Model = "lines",
    timeout: server_options.Timeout = 5.0,
    model_version: server_options.ModelVersion = None,
    label: server_options.Label = None,
    tls_ca: server_options.TlsCa = None,
    tls_cert: server_options.TlsCert = None,
    tls_key: server_options.TlsKey = None,
) -> None:
    """Measures throughput, latencies and errors of a server under load from many concurrent clients.

    Each client has its own connection and sends its next request when the last one is answered.

    Failed requests are not retried. A request that the server refuses is split to find the bad image,
    which distorts the figures, so use images that the server accepts.

    Ctrl-C stops and prints the results so far. The exit code is 1 if a request failed.
    """
    if out is not None and out.is_dir():
        raise UsageError(
            f"--out must be a file, but {out} is a folder. Give a file in it: --out {out / 'latencies.png'}"
        )
    settings = server_options.client_settings(model, timeout, model_version, label, tls_ca, tls_cert, tls_key)
    from kerasrec.images.files import find_images
    from kerasrec.serving.client import AsyncClient
    from kerasrec.serving.client.load import measure_load
    from kerasrec.serving.remote import open_picture

    pictures = [open_picture(source) for source in find_images(images, sys.stdin.buffer if sys.stdin else io.BytesIO())]
    make_client = partial(AsyncClient, server, retries=0, **settings)
    report = asyncio.run(measure_load(make_client, pictures, clients, requests, images_per_request))
    print(json.dumps(_figures(report, clients), indent=2) if as_json else "\n".join(_describe(report, clients)))
    if out is not None:
        _draw(report, out)
    if not report.is_complete:
        raise KeyboardInterrupt
    if report.errors:
        raise typer.Exit(1)


def _figures(report: "LoadReport", clients: int) -> dict[str, Any]:
    milliseconds = {f"p{share}_ms": round(1000 * report.percentile(share), 3) for share in _PERCENTILES}
    return {
        "clients": clients,
        "images_per_request": report.images_per_request,
        "seconds": round(report.seconds, 3),
        "answered": len(report.taken),
        "requests_per_second": round(report.throughput, 2),
        "images_per_second": round(report.throughput * report.images_per_request, 2),
        **(milliseconds if report.taken else {}),
        "errors": dict(report.errors),
    }


def _describe(report: "LoadReport", clients: int) -> list[str]:
    images = f"{report.images_per_request} image{'s' * (report.images_per_request > 1)}"
    rate = f"{report.throughput:,.1f} requests/s, {report.throughput * report.images_per_request:,.1f} images/s"
    latencies = "  ".join(f"p{share} {1000 * report.percentile(share):,.1f} ms" for share in _PERCENTILES)
    errors = ", ".join(f"{count:,} {kind}" for kind, count in report.errors.most_common())
    return [
        f"{len(report.taken):,} requests of {images} answered in {report.seconds:,.1f} s, {clients} at a time",
        f"throughput  {rate}",
        f"latency     {latencies if report.taken else 'none'}",
        f"errors      {errors or 'none'}",
    ]


def _draw(report: "LoadReport", out: Path) -> None:
    import numpy as np

    from kerasrec.plots.latencies import latencies

    latencies(out, *(np.array(values) for values in (report.sent, report.taken, report.failed)))
