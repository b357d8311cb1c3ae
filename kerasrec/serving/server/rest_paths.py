"""Parses the URLs of TensorFlow Serving's REST interface."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasrec.serving.server.failure import invalid

_MODEL = r"(?i)/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_MODELS = re.compile(r"(?i)/v1/models")
_GET = re.compile(rf"{_MODEL}(?P<metadata>/metadata)?", re.ASCII)
_POST = re.compile(rf"{_MODEL}:(?P<action>classify|regress|predict)", re.ASCII)

Action = Literal["status", "metadata", "predict", "classify", "regress"]

_ACTIONS: dict[str, Action] = {"predict": "predict", "classify": "classify", "regress": "regress"}


@dataclass(frozen=True)
class Target:
    """The target of a request.

    Attributes:
        action: The requested action.
        spec: The model, with its version or label if the URL names one.
    """

    action: Action
    spec: ModelSpec


def parse_path(method: str, path: str) -> Target:
    """Parses a URL.

    Args:
        method: "GET" or "POST"; any other is refused.
        path: The path as it was sent, percent-encoded.

    Raises:
        ServingError: The method or the path is not valid.

    >>> parse_path("POST", "/v1/models/lines/versions/2:predict").action
    'predict'
    """
    if method == "GET" and _MODELS.fullmatch(path):
        raise invalid("Missing model name in request.")
    if method == "GET" and (match := _GET.fullmatch(path)):
        return Target("metadata" if match["metadata"] else "status", _to_spec(match))
    # The path before the colon is case-insensitive, the action is not.
    if method == "POST" and (match := _POST.fullmatch(path)) and (action := _ACTIONS.get(match["action"])):
        return Target(action, _to_spec(match))
    raise invalid(f"Malformed request: {method} {path}")


def _to_spec(match: re.Match[str]) -> ModelSpec:
    spec = ModelSpec(name=unquote(match["name"]))
    if match["version"]:
        digits = match["version"].lstrip("0") or "0"
        if len(digits) > 19 or int(digits) >= 2**63:
            raise invalid(f"Failed to convert version: {match['version']} to numeric.")
        spec.version.value = int(digits)
    if match["label"]:
        spec.version_label = unquote(match["label"])
    return spec
