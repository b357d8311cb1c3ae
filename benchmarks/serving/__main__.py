"""`python -m benchmarks.serving MODEL IMAGES`: experiments with `kerasrec serve`; see docs/benchmarks.md."""

import argparse
from pathlib import Path

from kerasrec.images.files import find_images
from kerasrec_cli import quiet


def main(arguments: list[str] | None = None) -> None:
    """Runs the chosen experiments and prints their results."""
    quiet.configure()
    quiet.start_tensorflow()
    import io

    import tensorflow as tf

    from benchmarks.serving.experiments import EXPERIMENTS

    tf.compat.v1.logging.set_verbosity("ERROR")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("model", type=Path, help="the folder of an exported model")
    parser.add_argument("images", nargs="+", help="at least 32 images of lines: files, folders or patterns")
    parser.add_argument(
        "--only", action="append", choices=EXPERIMENTS, help="run only this experiment; may be repeated"
    )
    options = parser.parse_args(arguments)
    sources = find_images(options.images, io.BytesIO())
    images = [source.content.read_bytes() for source in sources if isinstance(source.content, Path)]
    for name in options.only or EXPERIMENTS:
        print(f"{name}: {EXPERIMENTS[name].__doc__}", flush=True)
        for line in EXPERIMENTS[name](options.model, images):
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
