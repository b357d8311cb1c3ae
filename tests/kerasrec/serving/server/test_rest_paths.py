import pytest

from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.rest_paths import parse_path


@pytest.mark.parametrize(
    ("method", "path", "action", "name", "version", "label"),
    [
        ("GET", "/v1/models/lines", "status", "lines", None, ""),
        ("GET", "/v1/models/lines/versions/3", "status", "lines", 3, ""),
        ("GET", "/v1/models/lines/labels/stable", "status", "lines", None, "stable"),
        ("GET", "/v1/models/lines/metadata", "metadata", "lines", None, ""),
        ("GET", "/v1/models/lines/versions/0012/metadata", "metadata", "lines", 12, ""),
        ("POST", "/v1/models/lines:predict", "predict", "lines", None, ""),
        ("POST", "/v1/models/lines/versions/3:predict", "predict", "lines", 3, ""),
        ("POST", "/v1/models/lines/labels/a%2Fb:predict", "predict", "lines", None, "a/b"),
        ("POST", "/v1/models/my%20lines:predict", "predict", "my lines", None, ""),
        ("POST", "/V1/Models/Lines:predict", "predict", "Lines", None, ""),
        ("POST", "/v1/models/lines:classify", "classify", "lines", None, ""),
        ("POST", "/v1/models/lines:regress", "regress", "lines", None, ""),
        ("GET", "/v1/models/lines/versions/9223372036854775807", "status", "lines", 2**63 - 1, ""),
    ],
)
def test_a_path_selects_the_action_and_the_model(method, path, action, name, version, label):
    target = parse_path(method, path)
    assert (target.action, target.spec.name, target.spec.version_label) == (action, name, label)
    assert (target.spec.version.value if target.spec.HasField("version") else None) == version


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/models/lines"),
        ("GET", "/v1/models/lines:predict"),
        ("POST", "/v1/models/lines:PREDICT"),
        ("POST", "/v1/models/lines:predict/"),
        ("POST", "/v1/models/lines:other"),
        ("POST", "/v1/models/:predict"),
        ("POST", "/v1/models/lines/versions/1/labels/a:predict"),
        ("GET", "/v1/models/lines/versions/a"),
        ("GET", "/v1/models/lines/versions/-1"),
        ("GET", "/v1/models/lines/versions/\u0661"),
        ("GET", "/v1/models/lines/other"),
        ("GET", "/v1/other"),
        ("PUT", "/v1/models/lines"),
        ("DELETE", "/v1/models/lines:predict"),
        ("HEAD", "/v1/models/lines"),
    ],
)
def test_another_path_is_malformed(method, path):
    with pytest.raises(ServingError) as caught:
        parse_path(method, path)
    assert caught.value.text == f"Malformed request: {method} {path}"
    assert caught.value.code.name == "INVALID_ARGUMENT"


@pytest.mark.parametrize("version", ["9223372036854775808", "9" * 5000])
def test_too_large_a_version_is_refused(version):
    with pytest.raises(ServingError) as caught:
        parse_path("GET", f"/v1/models/lines/versions/{version}")
    assert caught.value.text == f"Failed to convert version: {version} to numeric."


def test_a_path_needs_the_name_of_a_model():
    with pytest.raises(ServingError, match=r"Missing model name in request\."):
        parse_path("GET", "/v1/models")
