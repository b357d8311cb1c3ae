"""`python -m benchmarks`: times kerasrec against other systems and prints a table of ratios; see docs/benchmarks.md."""

import argparse
import os
from pathlib import Path

from benchmarks.peers import Peers
from benchmarks.plan import FULL, QUICK
from kerasrec.storage import cache_folder, write_json
from kerasrec_cli import quiet

NAMES = ("startup", "lines", "training", "reading", "ctc")
_SHARED = Path(__file__).resolve().parents[2] / "shared"


def main(arguments: list[str] | None = None) -> None:
    """Runs the chosen benchmarks and prints the table."""
    options = parse(arguments)
    quiet.configure()
    quiet.start_tensorflow()
    hide_gpus()
    from benchmarks.suite import measure

    peers = Peers(options.peers, options.peer_python)
    report = measure(options.names or NAMES, QUICK if options.quick else FULL, peers, options.data_dir)
    print(report.to_text())
    if options.json:
        write_json(options.json, report.to_json())


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    python, data_dir = os.environ.get("KERASREC_PEER_PYTHON"), _SHARED / "data"
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks to run: {', '.join(NAMES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="one short round: rough figures in about three minutes")
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
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in NAMES:
            parser.error(f"there is no benchmark {name!r}; choose from {', '.join(NAMES)}")
    return options


def hide_gpus() -> None:
    """Hides the GPUs: kerasrec and the peers are timed on the CPU."""
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")


if __name__ == "__main__":
    main()
