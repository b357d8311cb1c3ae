import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import gemm
from benchmarks.gemm import Gemm, make_product
from benchmarks.peers import Peers
from benchmarks.plan import Plan
from benchmarks.product import gemm_rate, time_fastest


@pytest.fixture
def rates(monkeypatch):
    """Rates in GFLOP/s: TensorFlow 20 and 10, PyTorch 16 and 32."""
    ours, theirs = {"float32": 20.0, "bfloat16": 10.0}, {"float32": 16.0, "bfloat16": 32.0}
    monkeypatch.setattr(gemm, "gemm_rate", lambda make, seconds: ours[make.args[0]])
    figures = [{"precision": name, "rate": each} for name, each in theirs.items()]
    return Gemm(SimpleNamespace(evaluate=lambda *_: figures), Plan())


def test_each_precision_has_a_row_with_both_libraries(rates):
    rows = [(row.ours, row.ours_name, row.peer, row.peer_name) for row in rates.rows()]
    assert rows == [
        (20, "TensorFlow float32", 16, "PyTorch float32"),
        (10, "TensorFlow bfloat16", 32, "PyTorch bfloat16"),
    ]


def test_a_share_is_of_the_rate_of_the_faster_library(rates):
    assert rates.share(5.0, 2e9, "float32") == pytest.approx(10 / 20)


def test_bfloat16_has_at_least_the_rate_of_float32(rates):
    assert rates.share(5.0, 2e9, "bfloat16") == pytest.approx(10 / 32)
    rates.samples = type(rates.samples)()
    rates.samples.add(20.0, "TensorFlow", "float32")
    rates.samples.add(10.0, "TensorFlow", "bfloat16")
    assert rates.share(5.0, 2e9, "bfloat16") == pytest.approx(10 / 20)


def test_the_gain_of_pytorch_in_bfloat16(rates):
    assert rates.peer_gain() == 2
    rates.samples = type(rates.samples)()
    assert rates.peer_gain() is None


def product_of(seconds, clock):
    """Products that take `seconds(size)`, and the sizes that were made."""
    made = []

    def make(size):
        made.append(size)
        return lambda: clock.append(clock[-1] + seconds(size))

    return make, made


@pytest.mark.parametrize(
    ("rate", "sizes"),
    [(50.0, [192, 384, 768, 1536]), (0.5, [192, 384]), (0.01, [192])],
    ids=["fast", "slow", "slowest"],
)
def test_the_rate_is_of_the_largest_product_that_does_not_take_long(monkeypatch, rate, sizes):
    clock = [0.0]
    monkeypatch.setattr("benchmarks.product.time", SimpleNamespace(perf_counter=lambda: clock[-1]))
    make, made = product_of(lambda size: 2 * size**3 / 1e9 / rate, clock)
    assert gemm_rate(make, seconds=0.0) == pytest.approx(rate)
    assert made == sizes


def test_the_fastest_of_a_few_calls_counts(monkeypatch):
    moments = iter([0.0, 0.0, 5.0, 5.0, 7.0, 7.0, 10.0, 10.0])
    monkeypatch.setattr("benchmarks.product.time", SimpleNamespace(perf_counter=lambda: next(moments)))
    assert time_fastest(lambda: None, seconds=1.0) == 2.0


def test_the_product_of_tensorflow_has_its_precision_and_size():
    assert (make_product("float32", 8)().shape, make_product("float32", 8)().dtype) == ((8, 8), "float32")
    assert make_product("bfloat16", 8)().dtype == "bfloat16"


def test_code_is_evaluated_by_the_peers_python(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.peers._VERSIONS", "print('2.0')")
    peers = Peers(tmp_path, Path(sys.executable))
    assert peers.evaluate("import sys\nprint('[%s]' % sys.argv[1])", "3") == [[3]]
    assert peers.evaluate("raise SystemExit('no rate')\n", "3") == []
    assert peers.notes == [f"A PyTorch peer was not timed: `{sys.executable} -c 3` exited with code 1: no rate."]
