"""`kerasrec export`: exports a run as a SavedModel for TensorFlow Serving."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kerasrec_cli import options, quiet

EXAMPLES = """Examples:

kerasrec export runs/emnist saved_models/lines

kerasrec export runs/emnist saved_models/lines --serving-config deploy/
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
        Path, typer.Argument(metavar="MODEL", help="The model's folder; each version is a numbered subfolder.")
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
    """Exports a recognizer as the next version of a SavedModel: image bytes in, text and confidence out.

    The new version is loaded without Keras and kerasrec, and must read the same texts
    as the recognizer; otherwise it is deleted. Versions are numbered from 1 and never replaced.
    """
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
