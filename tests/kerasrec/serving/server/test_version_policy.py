"""The choice of versions to serve."""

import pytest
from google.protobuf import text_format

from kerasrec.serving.server.version_policy import Policy, choose_versions


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        ("", [10]),
        ("latest {}", [10]),
        ("latest { num_versions: 2 }", [10, 3]),
        ("latest { num_versions: 9 }", [10, 3, 2, 1]),
        ("all {}", [10, 3, 2, 1]),
        ("specific { versions: 1 versions: 3 versions: 4 }", [3, 1]),
        ("specific { versions: 4 }", []),
    ],
)
def test_a_policy_chooses_versions(policy, chosen):
    assert choose_versions(text_format.Parse(policy, Policy()), {1, 10, 2, 3}) == chosen


@pytest.mark.parametrize("policy", ["", "all {}", "specific { versions: 4 }"])
def test_nothing_is_chosen_without_versions(policy):
    assert choose_versions(text_format.Parse(policy, Policy()), []) == []
