"""The folder of files that TensorFlow Serving and Kubernetes are started with."""

import re
from functools import partial
from pathlib import Path

from kerasrec.errors import UsageError
from kerasrec.serving.config.guide import MARK, guide
from kerasrec.serving.config.schemas import parse_batching, parse_models, parse_monitoring
from kerasrec.serving.config.texts import BATCHING, MONITORING, kubernetes, models_config
from kerasrec.storage import write_atomically

IMAGE = "tensorflow/serving:2.20.0"
"""The newest image of TensorFlow Serving that was known when this was written."""

FILES = ("models.config", "batching_parameters.txt", "monitoring.config", "kubernetes.yaml", "README.md")
"""What is written."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")


def write_serving_config(folder: Path, model: Path, stable: int, canary: int) -> None:
    """Writes `FILES`.

    Args:
        folder: Where to write; files of an earlier call are replaced.
        model: The folder of the model with its versions; its name is that of the model.
        stable: The version with the label `stable`.
        canary: The version with the label `canary`.

    Raises:
        UsageError: The model's name cannot be that of a service, or `check_folder` refuses the folder.
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
    """Checks that nothing of somebody else would be replaced.

    Raises:
        UsageError: `folder` is a file or lies in one, or holds files of these names that were not written before.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        raise UsageError(f"The files for TensorFlow Serving need a folder, but {there} is a file. Choose another one.")
    page = folder / "README.md"
    if page.is_file() and MARK in page.read_text(encoding="utf-8", errors="replace"):
        return
    foreign = [name for name in FILES if (folder / name).exists()]
    if foreign:
        raise UsageError(
            f"{folder} holds {', '.join(foreign)}, not written by `kerasrec export`, and nothing of others is "
            "replaced. Choose another folder for --serving-config."
        )


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
