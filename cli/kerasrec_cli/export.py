"""`kerasrec export`: from a run to a SavedModel that TensorFlow Serving serves."""

from pathlib import Path
from typing import Annotated

import typer

from kerasrec_cli import quiet

EXAMPLES = """Examples:

kerasrec export runs/emnist saved_models/lines

kerasrec export runs/emnist saved_models/lines --serving-config deploy/
"""


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", exists=True, help="The folder of a run, or a recognizer's .keras file.")
    ],
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="The folder of the model; the version becomes a folder in it.")
    ],
    serving_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Also write what TensorFlow Serving and Kubernetes are started with, and a page that says how. The "
            "new version is the canary; the stable one stays.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Exports a recognizer as the next version of a SavedModel: image bytes in, text and confidence out.

    The version is loaded again without Keras and kerasrec, and has to read as the recognizer does; otherwise none is
    left. Versions are numbered from 1, and none is ever replaced.
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
        f"checked in a process without Keras and kerasrec: {checked.pictures} pictures, the same texts, "
        f"confidences at most {checked.difference:.0e} apart"
    )
    print(f"Serve it with: kerasrec serve {model}")
    if serving_config is not None:
        *before, canary = find_versions(model)
        write_serving_config(serving_config, model, stable or (before or [canary])[-1], canary)
        print(f"Or with TensorFlow Serving: {serving_config / 'README.md'} says how")
