"""Writes the folder of configuration files for TensorFlow Serving and Kubernetes."""

import re
from functools import partial
from pathlib import Path

from kerasrec.errors import UsageError
from kerasrec.serving.config.guide import MARK, guide
from kerasrec.serving.config.schemas import parse_batching, parse_models, parse_monitoring
from kerasrec.serving.config.texts import BATCHING, MONITORING, kubernetes, models_config
from kerasrec.storage import write_atomically

IMAGE = "tensorflow/serving:2.20.0"
"""The newest Docker image of TensorFlow Serving when this was written."""

FILES = ("models.config", "batching_parameters.txt", "monitoring.config", "kubernetes.yaml", "README.md")
"""The files that are written."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")


def write_serving_config(folder: Path, model: Path, stable: int, canary: int) -> None:
    """Writes `FILES`.

    Args:
        folder: The folder to write to; files of an earlier call are replaced.
        model: The model's folder with its versions; its name becomes the model's name.
        stable: The version with the label `stable`.
        canary: The version with the label `canary`.

    Raises:
        UsageError: The model's name cannot be the name of a service, or `check_folder` refuses the folder.
        CannotWrite: The folder cannot be written to.
    """
    model, folder = model.absolute(), folder.absolute()
    name = check_name(model)
    check_folder(folder)
    models = models_config(name, str(model), stable, canary)
    parse_models(models), parse_batching(BATCHING), parse_monitoring(MONITORING)
    page = guide(name, model, folder, IMAGE, stable, canary)
    texts = (models, BATCHING, MONITORING, kubernetes(name, IMAGE, stable, canary), page)
    for file, text in zip(FILES, texts, strict=True):
        write_atomically(folder / file, partial(Path.write_text, data=text, encoding="utf-8"))


def check_folder(folder: Path) -> None:
    """Checks that no files other than those of an earlier call would be replaced.

    Raises:
        UsageError: `folder` is a file or below one, or has files of these names that kerasrec did not write.
    """
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not existing.is_dir():
        raise UsageError(f"TensorFlow Serving's files need a folder, but {existing} is a file. Choose another one.")
    page = folder / "README.md"
    if page.is_file() and MARK in page.read_text(encoding="utf-8", errors="replace"):
        return
    foreign = [name for name in FILES if (folder / name).exists()]
    if foreign:
        raise UsageError(
            f"{folder} has {', '.join(foreign)}, which `kerasrec export` did not write and does not replace. Choose "
            "another folder for --serving-config."
        )


def read_stable(folder: Path, model: Path) -> int | None:
    """Returns the version that an earlier `models.config` labels `stable`; None if there is none or it was deleted.

    Raises:
        UsageError: The `models.config` cannot be parsed.
    """
    file = folder / "models.config"
    if not file.is_file():
        return None
    models = parse_models(file.read_text(encoding="utf-8", errors="replace")).model_config_list.config
    stable = [each.version_labels["stable"] for each in models if each.base_path == str(model.absolute())]
    return stable[0] if stable and (model / str(stable[0])).is_dir() else None


def check_name(model: Path) -> str:
    """Returns the name of a model's folder, which is used for the model, for its service and in URLs.

    Raises:
        UsageError: The name cannot be the name of a service.
    """
    if not _NAME.fullmatch(model.name):
        raise UsageError(
            f"The model and its service are named after the folder. Expected at most 50 lower-case letters, digits and "
            f"inner hyphens, but the folder is named {model.name!r}. Rename it."
        )
    return model.name
