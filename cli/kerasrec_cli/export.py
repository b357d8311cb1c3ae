"""`kerasrec export`: exports a run as a SavedModel for TensorFlow Serving, or as a file that needs no TensorFlow."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kerasrec.errors import UsageError
from kerasrec.weights import PORTABLE
from kerasrec_cli import options, quiet

EXAMPLES = """Examples:

kerasrec export runs/emnist saved_models/lines

kerasrec export runs/emnist saved_models/lines --serving-config deploy/

kerasrec export runs/emnist emnist.onnx

kerasrec export runs/emnist emnist.tflite --int8
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
            help="The model's folder, in which each version is a numbered subfolder; or NAME.onnx for an ONNX file, or "
            "NAME.tflite for a LiteRT file, which read without TensorFlow.",
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
    int8: Annotated[
        bool,
        typer.Option(
            "--int8",
            help="Store the weights of an ONNX or LiteRT file as 8-bit integers: a quarter of the size. The share of "
            "characters that it reads otherwise is printed, and written into the file.",
        ),
    ] = False,
) -> None:
    """Exports a recognizer as the next version of a SavedModel, or to an ONNX or LiteRT file.

    A SavedModel takes image bytes and returns text and confidence. The new version is loaded
    without Keras and kerasrec, and must read the same texts as the recognizer; otherwise
    it is deleted. Versions are numbered from 1 and never replaced.

    An ONNX or LiteRT file is what `kerasrec read NAME.onnx` or `NAME.tflite` reads with; it is
    checked in the same way, without TensorFlow. LiteRT needs the package ai-edge-litert.
    """
    if model.suffix in PORTABLE:
        return _export_file(run, model, int8, serving_config)
    if int8:
        raise UsageError("--int8 is for an ONNX or LiteRT file. Leave it out, or give NAME.onnx or NAME.tflite.")
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


def _export_file(run: Path, file: Path, int8: bool, serving_config: Path | None) -> None:
    if serving_config is not None:
        raise UsageError(f"--serving-config is for a SavedModel. Leave it out, or give a folder, not {file.name}.")
    if file.is_dir():
        raise UsageError(f"{file} is a folder. Give the name of a file, such as {file / 'model'}{file.suffix}.")
    quiet.start_tensorflow()
    from kerasrec.training.run import open_recognizer

    recognizer = open_recognizer(run)
    with quiet.captured_stderr():  # converters write pages about a model that they cannot convert
        exported = (recognizer.export_onnx if file.suffix == ".onnx" else recognizer.export_litert)(file, int8)
    same = f"the same texts, log-probabilities at most {exported.difference:.0e} apart"
    lost = f"{exported.cer:.2%} of {exported.characters:,} characters are read otherwise than in float32"
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    print(f"checked with {exported.engine}: {exported.lines} lines, {lost if int8 else same}")
    print(f"Read with it: kerasrec read {shlex.quote(str(file))} line.png")
