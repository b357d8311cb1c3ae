"""The folder of files that TensorFlow Serving and Kubernetes are started with."""

import re
from functools import partial
from pathlib import Path

from kerasrec.errors import UsageError
from kerasrec.serving.config.guide import guide
from kerasrec.serving.config.schemas import parse_batching, parse_models, parse_monitoring
from kerasrec.serving.config.texts import BATCHING, MONITORING, kubernetes, models_config
from kerasrec.storage import write_atomically

IMAGE = "tensorflow/serving:2.20.0"
"""The newest image of TensorFlow Serving that was known when this was written."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")


def write_serving_config(folder: Path, model: Path, stable: int, canary: int) -> None:
    """Writes models.config, batching_parameters.txt, monitoring.config, kubernetes.yaml and README.md.

    Args:
        folder: Where to write; files of an earlier call are replaced.
        model: The folder of the model with its versions; its name is that of the model.
        stable: The version with the label `stable`.
        canary: The version with the label `canary`.

    Raises:
        UsageError: The model's name cannot be that of a service.
        CannotWrite: The folder cannot be written to.
    """
    model, folder = model.absolute(), folder.absolute()
    name = check_name(model)
    models = models_config(name, str(model), stable, canary)
    parse_models(models), parse_batching(BATCHING), parse_monitoring(MONITORING)
    files = {
        "models.config": models,
        "batching_parameters.txt": BATCHING,
        "monitoring.config": MONITORING,
        "kubernetes.yaml": kubernetes(name, IMAGE, stable, canary),
        "README.md": guide(name, model, folder, IMAGE, stable, canary),
    }
    for file, text in files.items():
        write_atomically(folder / file, partial(Path.write_text, data=text, encoding="utf-8"))


def read_stable(folder: Path, model: Path) -> int | None:
    """The version that files written before call `stable`; None if there are none for this model, or it is gone.

    Raises:
        UsageError: There is a `models.config` that cannot be parsed.
    """
    file = folder / "models.config"
    if not file.is_file():
        return None
    models = parse_models(file.read_text(encoding="utf-8", errors="replace")).model_config_list.config
    stable = [each.version_labels["stable"] for each in models if each.base_path == str(model.absolute())]
    return stable[0] if stable and (model / str(stable[0])).is_dir() else None


def check_name(model: Path) -> str:
    """The name of a model's folder, which becomes that of a model, a service and a part of URLs.

    Raises:
        UsageError: It cannot be one.
    """
    if not _NAME.fullmatch(model.name):
        raise UsageError(
            f"The folder {model.name!r} gives the model and its service their name, and expected is one of at most 50 "
            "lower-case letters, digits and inner hyphens. Rename the folder."
        )
    return model.name
