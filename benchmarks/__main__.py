"""`python -m benchmarks`: times kerasrec against other systems and prints tables of ratios; see docs/benchmarks.md."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import Peers
from benchmarks.plan import FULL, QUICK
from benchmarks.report import fill_page, write_page
from kerasrec.storage import cache_folder, write_json
from kerasrec_cli import quiet

NAMES = ("training", "reading", "first", "picture", "startup", "lines", "ctc")
_SHARED = Path(__file__).resolve().parents[2] / "shared"


def main(arguments: list[str] | None = None) -> None:
    """Runs the chosen benchmarks and prints the tables."""
    options = parse(arguments)
    quiet.configure()
    quiet.start_tensorflow()
    hide_gpus()
    from benchmarks.suite import measure

    peers = Peers(options.peers, options.peer_python)
    report = measure(options.names or NAMES, QUICK if options.quick else FULL, peers, options.data_dir)
    print(report.to_markdown())
    if options.json:
        write_json(options.json, report.to_json())
    if options.page:
        write_page(options.page, report.to_sections())


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    python, data_dir = os.environ.get("KERASREC_PEER_PYTHON"), _SHARED / "data"
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks to run: {', '.join(NAMES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="one short round: rough figures")
    parser.add_argument("--peers", type=Path, default=_SHARED / "peers", help="the folder of the peers' programs")
    parser.add_argument(
        "--peer-python",
        type=Path,
        default=Path(python) if python else None,
        help="a Python with PyTorch, NumPy and RapidFuzz; default: $KERASREC_PEER_PYTHON",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=data_dir if data_dir.is_dir() else cache_folder(),
        help="the folder with EMNIST and Brown; without them, built-in glyphs and sentences are used",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="also write the figures into a page, such as docs/benchmarks.md"
    )
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in NAMES:
            parser.error(f"there is no benchmark {name!r}; choose from {', '.join(NAMES)}")
    if options.page:
        _check_page(parser, options.page, options.names or NAMES)
    return options


def _check_page(parser: argparse.ArgumentParser, page: Path, names: Sequence[str]) -> None:
    """Exits with a message now, rather than after the measurements, if figures cannot be written into a page."""
    try:
        fill_page(page.read_text(encoding="utf-8"), dict.fromkeys(names, ""))
    except (OSError, ValueError) as error:
        parser.error(f"--page {page}: {error}")


def hide_gpus() -> None:
    """Hides the GPUs: kerasrec and the peers are timed on the CPU."""
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")


if __name__ == "__main__":
    main()
