import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.config.schemas import parse_batching, parse_models, parse_monitoring


def test_the_error_names_an_unknown_field_and_its_line():
    with pytest.raises(UsageError, match=r'models.config .*2:\d+ .*no field named "base_pth"'):
        parse_models('model_config_list {\n config { base_pth: "/models" } }')


def test_a_plain_number_where_a_wrapper_is_expected_is_refused():
    with pytest.raises(UsageError, match='batching_parameters.txt .*Expected "{"'):
        parse_batching("max_batch_size: 32")


def test_a_wrong_type_is_refused():
    with pytest.raises(UsageError, match="monitoring.config"):
        parse_monitoring('prometheus_config { enable: "often" }')


def test_values_are_parsed():
    assert parse_batching("num_batch_threads { value: 7 } allowed_batch_sizes: 8").num_batch_threads.value == 7
    assert parse_monitoring('prometheus_config { path: "/x" }').prometheus_config.path == "/x"
    assert parse_models('model_config_list { config { name: "a" } }').model_config_list.config[0].name == "a"
