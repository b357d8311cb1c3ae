from types import SimpleNamespace

from benchmarks.plan import Samples, rate, warm_up


def test_the_median_of_a_name_uses_only_its_own_values():
    samples = Samples()
    for value in (3.0, 100.0, 2.0):
        samples.add(value, "line_cnn", 128)
    samples.add(7.0, "line_cnn", 1)
    assert samples.median("line_cnn", 128) == 3.0
    assert samples.median("line_cnn", 1) == 7.0


def test_a_name_without_values_has_no_median():
    assert Samples().median("line_cnn") is None


def test_a_rate_counts_the_lines_of_every_step(monkeypatch):
    seconds = [0.0]

    def step():
        seconds[0] += 2.0

    monkeypatch.setattr("benchmarks.plan.time", SimpleNamespace(perf_counter=lambda: seconds[0]))
    assert rate(step, 128, seconds=5.0) == 128 * 3 / 6


def test_a_rate_runs_at_least_the_minimum_number_of_steps():
    done = []
    rate(lambda: done.append(1), 128, seconds=0.0, least=4)
    assert len(done) == 4


def test_warming_up_runs_every_step_the_given_number_of_times():
    done = []
    warm_up([lambda: done.append("a"), lambda: done.append("b")], times=2)
    assert done == ["a", "a", "b", "b"]
