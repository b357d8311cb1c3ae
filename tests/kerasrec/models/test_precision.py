import pytest

from kerasrec.models import precision
from kerasrec.models.precision import dtype_policy, fastest_policy
from kerasrec.training.settings import PRECISIONS


@pytest.fixture(autouse=True)
def clear_cache():
    fastest_policy.cache_clear()
    yield
    fastest_policy.cache_clear()


@pytest.mark.parametrize(
    ("name", "policy"), [("float32", "float32"), ("bfloat16", "mixed_bfloat16"), ("float16", "mixed_float16")]
)
def test_each_precision_has_its_policy(name, policy, monkeypatch):
    monkeypatch.setattr(precision, "_seconds", lambda dtype: pytest.fail("measured although a precision was given"))
    assert dtype_policy(name, PRECISIONS) == policy


@pytest.mark.parametrize(
    ("seconds", "policy"), [(1.0, "float32"), (0.9, "float32"), (0.5, "mixed_bfloat16"), (3.0, "float32")]
)
def test_auto_is_bfloat16_only_if_clearly_faster(seconds, policy, monkeypatch):
    monkeypatch.setattr(precision, "_seconds", {"float32": 1.0, "bfloat16": seconds}.get)
    assert dtype_policy("auto", PRECISIONS) == policy


def test_the_measurement_runs_once(monkeypatch):
    first = fastest_policy()
    assert first in ("float32", "mixed_bfloat16")
    monkeypatch.setattr(precision, "_seconds", lambda dtype: pytest.fail("measured again"))
    assert fastest_policy() == first
