"""`kerasrec serve`: serves an exported model over gRPC and REST, with a web page."""

import gc
import hashlib
import ipaddress
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasrec import __version__
from kerasrec.errors import UsageError
from kerasrec.serving.server.version_folders import check_folder
from kerasrec.weights import find_file
from kerasrec_cli import quiet

if TYPE_CHECKING:
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    from kerasrec.serving.server.server import Server, ServerSettings

EXAMPLES = """Examples:

kerasrec serve handwriting

kerasrec serve saved_models/lines

kerasrec serve saved_models/lines --all-versions --host 0.0.0.0 --tls-cert server.pem --tls-key server.key

kerasrec serve --config models.config
"""

_MODELS, _NETWORK, _LIMITS, _BATCHES = "Models", "Network", "Request limits", "Batching"
_GRACE_SECONDS = 10.0


def serve(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL",
            help="The folder of an exported model, with its versions as subfolders; or a recognizer of the package.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_MODELS,
            help="Serve the models of a TensorFlow Serving models.config file instead of MODEL.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_MODELS, help="The model's name for clients.", show_default="the name of its folder"
        ),
    ] = None,
    version: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            min=0,
            max=2**63 - 1,
            rich_help_panel=_MODELS,
            help="Serve this version instead of the latest. May be repeated.",
        ),
    ] = None,
    all_versions: Annotated[
        bool, typer.Option("--all-versions", rich_help_panel=_MODELS, help="Serve all versions.")
    ] = False,
    poll_seconds: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.01, rich_help_panel=_MODELS, help="Interval between checks for new versions."
        ),
    ] = 1.0,
    allow_reload: Annotated[
        bool,
        typer.Option(
            "--allow-reload",
            rich_help_panel=_MODELS,
            help="Let clients change which models are served (HandleReloadConfigRequest), in the folder that holds "
            "MODEL and below it.",
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(rich_help_panel=_NETWORK, help="The address to listen on; 0.0.0.0 accepts other machines."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, rich_help_panel=_NETWORK, help="Port for gRPC; 0 picks a free one.")
    ] = 8500,
    rest_port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, rich_help_panel=_NETWORK, help="Port for REST and the web page; 0 picks a free one."
        ),
    ] = 8501,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=_NETWORK, help="The server's certificate (PEM).")
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", rich_help_panel=_NETWORK, help="Its private key (PEM, without a password)."),
    ] = None,
    tls_client_ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_NETWORK,
            help="Accept only clients with a certificate from these authorities (PEM).",
        ),
    ] = None,
    max_message_mb: Annotated[
        float,
        typer.Option(metavar="MB", min=0.001, max=2047, rich_help_panel=_LIMITS, help="Maximum size of a request."),
    ] = 64.0,
    max_images: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=_LIMITS, help="Maximum images in a request.")
    ] = 32,
    deadline: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.001, rich_help_panel=_LIMITS, help="Maximum time to answer a request."),
    ] = 60.0,
    max_batch_size: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=_BATCHES, help="Maximum images computed at once.")
    ] = 32,
    batch_timeout_micros: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            rich_help_panel=_BATCHES,
            help="Microseconds that a batch waits for more images, even if nothing else is being computed.",
        ),
    ] = 0,
    max_queued_batches: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=_BATCHES,
            help="Full batches that may wait; requests beyond that are refused.",
        ),
    ] = 10,
    batch_threads: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, rich_help_panel=_BATCHES, help="Batches computed in parallel, each on all cores."
        ),
    ] = 2,
) -> None:
    """Serves an exported model like TensorFlow Serving, over gRPC and REST, with a web page to try it.

    New versions are served as they appear.

    Ctrl-C or SIGTERM stops the server after the requests in progress.
    """
    file = None if model is None else find_file(model)
    if model is not None and file is None:
        check_folder(model)
    quiet.start_tensorflow()
    if file is not None:
        model = _export_once(file)
    from kerasrec.serving.server.batching import BatchSettings
    from kerasrec.serving.server.catalog import WatchSettings
    from kerasrec.serving.server.limits import Limits
    from kerasrec.serving.server.servable import ComputeSettings
    from kerasrec.serving.server.server import Server, ServerSettings
    from kerasrec.serving.server.tls import server_tls

    if port and port == rest_port:
        raise UsageError(f"Expected two ports, but received {port} for both gRPC and REST. Choose another --rest-port.")
    models = _read_models(model, config, name, version or [], all_versions)
    settings = ServerSettings(
        host,
        port,
        rest_port,
        server_tls(tls_cert, tls_key, tls_client_ca),
        ComputeSettings(
            Limits(round(max_message_mb * 2**20), max_images, deadline),
            BatchSettings(max_batch_size, batch_timeout_micros, max_queued_batches, batch_threads),
        ),
        WatchSettings(poll_seconds),
        allow_reload,
    )
    _run(Server(models, settings), settings)


def _export_once(file: Path) -> Path:
    """Exports a recognizer of the package into the cache folder, unless it is there, and returns its folder."""
    from kerasrec.export.versions import find_versions
    from kerasrec.storage import cache_folder

    digest = hashlib.sha256(__version__.encode() + file.read_bytes()).hexdigest()[:16]
    folder = cache_folder() / "served" / digest / file.stem
    if not find_versions(folder):
        from kerasrec.training.run import open_recognizer

        print(f"Exporting {file.stem} to {folder}, only once.", flush=True)
        open_recognizer(file).export(folder)
    return folder


def _read_models(
    model: Path | None, config: Path | None, name: str | None, versions: list[int], all_versions: bool
) -> "ModelServerConfig":
    from kerasrec.serving.server.model_config import folder_config, read_config

    if all_versions and versions:
        raise UsageError("Expected --version N or --all-versions, but received both. Give one of them.")
    if model is not None and config is None:
        name = model.resolve().name if name is None else name
        if not name:
            raise UsageError("Expected a name for the model, but received none. Give one, such as --name lines.")
        return folder_config(model, name, versions, all_versions)
    if model is not None or config is None:
        what = "neither" if model is None else "both"
        raise UsageError(f"Expected the folder of a model, or --config FILE, but received {what}. Give one of them.")
    if versions or all_versions or name is not None:
        raise UsageError(
            f"The names and versions to serve are in {config}. Leave out --name, --version and --all-versions."
        )
    return read_config(config)


def _run(server: "Server", settings: "ServerSettings") -> None:
    """Serves until a signal arrives."""
    is_over = threading.Event()

    def end(number: int, frame: Any) -> None:
        if is_over.is_set() and number == signal.SIGINT:  # the second Ctrl-C: the user does not want to wait
            raise KeyboardInterrupt
        is_over.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.start()
        gc.freeze()  # TensorFlow's million objects stay anyway: scanning them at each collection delays requests
        _print_addresses(server, settings)
        is_over.wait()
        print(f"Stopping: requests in progress have {_GRACE_SECONDS:g} s to finish.", flush=True)
        server.stop(_GRACE_SECONDS)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_addresses(server: "Server", settings: "ServerSettings") -> None:
    """Prints what is served, and where."""
    host = "localhost" if settings.host in ("0.0.0.0", "::") else settings.host
    address = f"[{host}]" if ":" in host else host
    web = f"{'https' if settings.tls else 'http'}://{address}:{server.ports.rest}"
    print(f"Page   {web}/")
    for name, versions in server.core.available.items():
        print(f"REST   {web}/v1/models/{name}")
        grpc = f"{address}:{server.ports.grpc}"
        print(f"gRPC   {grpc}   model {name}, version {', '.join(map(str, versions))}")
        print(f"Read   kerasrec read --server {grpc} --model {shlex.quote(name)}{_tls_options(settings)} line.png")
    if not _is_loopback(settings.host) and not (settings.tls and settings.tls.client_ca):
        print(
            "Anyone who can reach this machine can use the server: only --tls-client-ca makes it authenticate clients."
        )
    print("Press Ctrl-C to stop.", flush=True)


def _tls_options(settings: "ServerSettings") -> str:
    """Returns the options that a client needs, with names to replace."""
    if settings.tls is None:
        return ""
    return " --tls-ca CA.pem" + (" --tls-cert CERT.pem --tls-key KEY.pem" if settings.tls.client_ca else "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"
