import pytest

from benchmarks.row import Row


def test_a_rate_is_better_when_higher():
    row = Row("reading", "lines/s", ours=100, peer=25, least_ratio=4)
    assert row.ratio == 4
    assert row.is_met is True


def test_a_time_is_better_when_lower():
    row = Row("loss", "ms", ours=20, peer=98, least_ratio=5)
    assert row.ratio == pytest.approx(4.9)
    assert row.is_met is False


@pytest.mark.parametrize(("ours", "met"), [(0.29, True), (0.3, False), (2.0, False)])
def test_a_limit_needs_no_peer(ours, met):
    row = Row("help", "s", ours, limit=0.3)
    assert row.ratio is None
    assert row.is_met is met


def test_a_target_without_the_peers_figure_is_neither_met_nor_missed():
    row = Row("reading", "lines/s", ours=100, least_ratio=4)
    assert (row.ratio, row.is_met) == (None, None)


def test_a_figure_without_a_target_is_neither_met_nor_missed():
    row = Row("reading", "lines/s", ours=100, peer=25)
    assert (row.ratio, row.is_met) == (4, None)


def test_json_includes_the_ratio():
    values = Row("reading", "lines/s", ours=100, ours_name="float32", share=0.5, peer=25, least_ratio=5).to_json()
    assert values["ratio"] == 4
    assert values["is_met"] is False
    assert (values["ours_name"], values["share"]) == ("float32", 0.5)
