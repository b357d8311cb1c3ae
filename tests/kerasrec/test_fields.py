from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from kerasrec.fields import check_fields


@dataclass
class Example:
    count: int = 0
    share: float | None = None
    kind: Literal["a", "b"] = "a"
    is_on: bool = False
    names: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    anything: Any = None


GOOD = {
    "count": [0, -3],
    "share": [0.5, 1, None],
    "kind": ["b"],
    "is_on": [True],
    "names": [[], ["a"], ("a", "b")],
    "shares": [{}, {"a": 1, "b": 0.5}],
    "anything": [None, [1], {"a": 2}],
    "unknown": [1],
}
BAD = {
    "count": [1.0, "1", True, None, [1]],
    "share": ["0.5", True, [0.5]],
    "kind": ["c", None, ["a"]],
    "is_on": [1, "true", None],
    "names": ["ab", [1], None, {"a": 1}],
    "shares": [{"a": "1"}, {"a": None}, [["a", 1]], None],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_value_of_the_right_type_passes(name, value):
    check_fields(Example, {name: value})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_value_of_the_wrong_type_is_named(name, value):
    with pytest.raises(TypeError, match=f"^{name} has the wrong type: "):
        check_fields(Example, {name: value})


def test_values_that_are_no_dictionary_are_refused():
    with pytest.raises(AttributeError):
        check_fields(Example, [1])
