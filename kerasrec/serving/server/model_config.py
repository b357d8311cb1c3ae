"""The models to serve, from TensorFlow Serving's `models.config` or from one folder."""

from collections.abc import Iterable
from pathlib import Path

from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

from kerasrec.errors import UsageError
from kerasrec.serving.config.schemas import parse_models
from kerasrec.serving.server.failure import denied, invalid
from kerasrec.serving.server.version_folders import check_folder, find_versions
from kerasrec.serving.server.version_policy import Policy


def read_config(file: Path) -> ModelServerConfig:
    """Reads a file in TensorFlow Serving's text format.

    Raises:
        UsageError: The file cannot be read or parsed, or has no model.
    """
    try:
        config = parse_models(file.read_text(encoding="utf-8"))
    except UsageError as error:
        raise UsageError(f"{file} cannot be used. {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}. Give a models.config of TensorFlow Serving.") from error
    if not config.model_config_list.config:
        raise UsageError(f"Expected a models.config with a model to serve, but {file} has none. Add one.")
    return config


def folder_config(
    folder: Path, name: str, versions: Iterable[int] = (), all_versions: bool = False
) -> ModelServerConfig:
    """Returns the configuration of a single model.

    Args:
        folder: The folder with the version folders.
        name: The model's name in requests.
        versions: The versions to serve; empty for the latest.
        all_versions: Whether to serve all versions.

    Raises:
        UsageError: The folder has no versions, or none of the requested ones.
    """
    check_folder(folder)
    found, versions = find_versions(folder), list(versions)
    if versions and not set(versions) & set(found):
        raise UsageError(
            f"{folder} has no version {', '.join(map(str, versions))}. Choose one of "
            f"{', '.join(map(str, sorted(found)))}."
        )
    config = ModelServerConfig()
    model = config.model_config_list.config.add(
        name=name, base_path=str(folder.absolute()), model_platform="tensorflow"
    )
    if all_versions:
        model.model_version_policy.CopyFrom(Policy(all=Policy.All()))
    elif versions:
        model.model_version_policy.specific.versions.extend(versions)
    return config


def check_models(models: Iterable[ModelConfig]) -> None:
    """Raises ServingError if TensorFlow Serving would refuse a list of models."""
    names: set[str] = set()
    for model in models:
        if model.name in names:
            raise invalid(f"Illegal to list model {model.name} multiple times in config list")
        names.add(model.name)
    for model in models:
        if not Path(model.base_path).is_absolute():
            raise invalid(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
        if model.model_platform != "tensorflow":
            raise invalid(f"Model {model.name} requests unsupported platform {model.model_platform}")


def find_roots(models: Iterable[ModelConfig]) -> list[Path]:
    """Returns the folders below which a new configuration may find its models: those that hold the models' folders.

    A model's folder that lies directly in `/` is a root itself.
    """
    folders = [Path(model.base_path).resolve() for model in models]
    return [folder if folder.parent == Path(folder.anchor) else folder.parent for folder in folders]


def check_below(models: Iterable[ModelConfig], roots: Iterable[Path]) -> None:
    """Raises ServingError if a model's folder is not below one of the roots, after following links."""
    roots = list(roots)
    for model in models:
        try:
            folder = Path(model.base_path).resolve()
        except ValueError as error:  # the path has a null byte
            raise invalid(f"The base_path() of model {model.name} is no path: {error}") from error
        if not any(folder.is_relative_to(root) for root in roots):
            raise denied(
                f"Expected model {model.name} below {', '.join(map(str, roots))}, but its base_path() is "
                f"{model.base_path}. Move it there, or start the server with another folder."
            )
