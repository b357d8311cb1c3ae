import pytest

from kerasrec.serving.config.schemas import parse_models
from kerasrec.serving.config.texts import models_config


@pytest.mark.parametrize("path", ["/models/lines", "/a b/c", '/with "quotes"', "/back\\slash", "/übung"])
def test_any_path_is_quoted(path):
    (model,) = parse_models(models_config("lines", path, 1, 2)).model_config_list.config
    assert model.base_path == path


def test_versions_are_listed_once_and_in_order():
    (model,) = parse_models(models_config("lines", "/m", 7, 2)).model_config_list.config
    assert list(model.model_version_policy.specific.versions) == [2, 7]
