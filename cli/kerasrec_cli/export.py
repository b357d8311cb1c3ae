"""`kerasrec export`: exports a run as a SavedModel for TensorFlow Serving."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet

EXAMPLES = """Examples:

kerasrec export runs/emnist saved_models/lines

kerasrec export runs/emnist saved_models/lines --serving-config deploy/

kerasrec export runs/emnist emnist.onnx
"""


def export(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            callback=options.check_recognizer,
            help="The folder of a run, a recognizer's .keras file, or handwriting, that of the package.",
        ),
    ],
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="The model's folder, in which each version is a numbered subfolder; or NAME.onnx for an ONNX file, "
            "which reads without TensorFlow.",
        ),
    ],
    serving_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Also write the configuration for TensorFlow Serving and Kubernetes, with instructions. The new "
            "version becomes the canary; the stable version stays the same.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Exports a recognizer as the next version of a SavedModel, or to an ONNX file.

    A SavedModel takes image bytes and returns text and confidence. The new version is loaded
    without Keras and kerasrec, and must read the same texts as the recognizer; otherwise
    it is deleted. Versions are numbered from 1 and never replaced.

    An ONNX file is what `kerasrec read NAME.onnx` reads with; it is checked in the same way.
    """
    if model.suffix == ".onnx":
        return _export_onnx(run, model, serving_config)
    quiet.start_tensorflow()
    from kerasrec.export.versions import find_versions
    from kerasrec.serving.config.folder import check_folder, check_name, read_stable, write_serving_config
    from kerasrec.training.run import open_recognizer

    stable = None
    if serving_config is not None:
        check_name(model.absolute())
        check_folder(serving_config)
        stable = read_stable(serving_config, model)
    exported = open_recognizer(run).export(model)
    checked = exported.checked
    print(f"{exported.version}  {exported.size / 1e6:.1f} MB")
    print(
        f"checked in a process without Keras and kerasrec: {checked.pictures} images, the same texts, "
        f"confidences at most {checked.difference:.0e} apart"
    )
    print(f"Serve it with: kerasrec serve {shlex.quote(str(model))}")
    if serving_config is not None:
        *before, canary = find_versions(model)
        write_serving_config(serving_config, model, stable or (before or [canary])[-1], canary)
        print(f"Or with TensorFlow Serving: see {serving_config / 'README.md'}")


def _export_onnx(run: Path, file: Path, serving_config: Path | None) -> None:
    if serving_config is not None:
        raise UsageError("--serving-config is for a SavedModel. Leave it out, or give a folder, not an ONNX file.")
    if file.is_dir():
        raise UsageError(f"{file} is a folder. Give the name of a file, such as {file / 'model.onnx'}.")
    quiet.start_tensorflow()
    from kerasrec.training.run import open_recognizer

    exported = open_recognizer(run).export_onnx(file)
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    print(
        f"checked with ONNX Runtime: {exported.lines} lines, the same texts, log-probabilities at most "
        f"{exported.difference:.0e} apart"
    )
    print(f"Read with it: kerasrec read {shlex.quote(str(file))} line.png")
