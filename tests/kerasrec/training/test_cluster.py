import json

import pytest

from kerasrec.errors import UsageError
from kerasrec.training.cluster import Cluster, find_cluster


def tf_config(cluster, kind="worker", index=0):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_without_options_and_variable_a_process_trains_alone():
    assert find_cluster(None, None, None) is None
    assert find_cluster(None, None, "") is None


@pytest.mark.parametrize(
    ("given", "cluster"),
    [
        (("a:1, b:2", 1, None), Cluster(("a:1", "b:2"), 1)),
        (("[::1]:22,b:2", 0, None), Cluster(("[::1]:22", "b:2"), 0)),
        ((None, None, tf_config({"worker": ["a:1", "b:2"]}, "worker", 1)), Cluster(("a:1", "b:2"), 1)),
        ((None, None, tf_config({"chief": ["c:3"], "worker": ["a:1"]}, "worker", 0)), Cluster(("c:3", "a:1"), 1)),
        ((None, None, tf_config({"worker": ["a:1"], "chief": ["c:3"]}, "chief", 0)), Cluster(("c:3", "a:1"), 0)),
    ],
)
def test_options_and_tf_config_name_the_same_cluster(given, cluster):
    assert find_cluster(*given) == cluster
    assert cluster.name(0) == f"Worker 0 ({cluster.addresses[0]})"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("a:1,b:2", None, None), "--workers needs --worker as well, such as --worker 0"),
        ((None, 1, None), "--worker needs --workers as well, such as --workers host1:2222,host2:2222"),
        (("a:1,b:2", 2, None), "--workers has 2 workers, so the number of this one must be from 0 to 1, not 2"),
        (("a:1,b:2", -1, None), "from 0 to 1, not -1"),
        (("a:1,b", 0, None), "--workers must be addresses HOST:PORT, such as host1:2222,host2:2222, but has 'b'"),
        (("a:1,b:x", 0, None), "but has 'b:x'"),
        (("a:1,b:0", 0, None), "but has 'b:0'"),
        (("a:1,b:65536", 0, None), "but has 'b:65536'"),
        (("a:1,,b:2", 0, None), "but has ''"),
        (("a:1,a:1", 0, None), "--workers has a:1 more than once"),
        (("a:1,b:2", 0, tf_config({"worker": ["a:1"]})), "Both --workers and TF_CONFIG name the workers"),
        ((None, None, "{"), "TF_CONFIG cannot be used: .* It must be such as .*, or unset"),
        ((None, None, "[]"), "TF_CONFIG cannot be used"),
        ((None, None, '{"cluster": {"worker": ["a:1"]}}'), "TF_CONFIG cannot be used: 'task' is missing"),
        ((None, None, tf_config({"worker": ["a:1"], "ps": ["b:2"]})), "jobs can only be chief and worker, not ps"),
        ((None, None, tf_config({"worker": ["a"]})), "TF_CONFIG must be addresses HOST:PORT"),
        (
            (None, None, tf_config({"worker": ["a:1"]}, "worker", 1)),
            "TF_CONFIG has 1 workers, so .* to 0, not 1",
        ),
    ],
)
def test_what_names_no_worker_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        find_cluster(*given)
