"""Which models are to be served: TensorFlow Serving's `models.config`, or one folder."""

from collections.abc import Iterable
from pathlib import Path

from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

from kerasrec.errors import UsageError
from kerasrec.serving.config.schemas import parse_models
from kerasrec.serving.server.failure import invalid
from kerasrec.serving.server.version_folders import check_folder, find_versions
from kerasrec.serving.server.version_policy import Policy


def read_config(file: Path) -> ModelServerConfig:
    """Reads a file in TensorFlow Serving's text format.

    Raises:
        UsageError: It is no such file.
    """
    try:
        config = parse_models(file.read_text(encoding="utf-8"))
    except UsageError as error:
        raise UsageError(f"{file} cannot be used. {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}. Name a models.config of TensorFlow Serving.") from error
    if not config.model_config_list.config:
        raise UsageError(f"Expected a models.config with a model to serve, but {file} names no model. Add one.")
    return config


def folder_config(
    folder: Path, name: str, versions: Iterable[int] = (), all_versions: bool = False
) -> ModelServerConfig:
    """Describes one model.

    Args:
        folder: Holds its version folders.
        name: In requests.
        versions: The versions to serve; none for the latest.
        all_versions: Serve all versions.

    Raises:
        UsageError: The folder holds no versions, or none of those that are wanted.
    """
    check_folder(folder)
    there, versions = find_versions(folder), list(versions)
    if versions and not set(versions) & set(there):
        raise UsageError(
            f"{folder} has no version {', '.join(map(str, versions))}, but {', '.join(map(str, sorted(there)))}. "
            "Choose one of them."
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
    """Raises ServingError where TensorFlow Serving would refuse a list of models."""
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
