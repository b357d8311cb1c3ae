import itertools

import pytest

from kerasrec_tuning.space import SPACES, Choice, Span
from kerasrec_tuning.strategies import initial_points

FIXED = {name: Choice(each.default, (each.default,)) for name, each in SPACES["line_resnet"].items()}
SMALL = FIXED | {"width": Choice(32, (16, 32, 48)), "schedule": Choice("cosine", ("cosine", "constant"))}


def points(search, *names):
    return [tuple(trial.hyperparameters[name] for name in names) for trial in search.folder.trials()]


@pytest.mark.parametrize("strategy", ["random", "bayesian", "grid"])
def test_a_small_space_is_searched_completely(toy_search, strategy):
    search = toy_search(strategy=strategy, space=SMALL, trials=20).run()
    assert len(search.folder.trials()) <= 6
    found = points(search, "width", "schedule")
    assert len(set(found)) == len(found) >= 5
    assert found[0] == (32, "cosine")


def test_a_grid_has_all_points_in_order(toy_search):
    search = toy_search(strategy="grid", space=SMALL, trials=20).run()
    assert points(search, "width", "schedule") == list(itertools.product((32, 16, 48), ("cosine", "constant")))


def test_a_grid_skips_refused_points(toy_search):
    refuse = lambda point: "No." if point["width"] == 16 or point["schedule"] == "constant" else None  # noqa: E731
    search = toy_search(strategy="grid", space=SMALL, trials=20, refuse=refuse).run()
    assert points(search, "width", "schedule") == [(32, "cosine"), (48, "cosine")]


def test_the_gaussian_process_finds_the_optimum(toy_search):
    space = FIXED | {"learning_rate": Span(1e-3, 1e-5, 1e-1), "width": Choice(32, (16, 24, 32, 48))}
    best = toy_search(strategy="bayesian", space=space, trials=20).run().folder.best()
    assert best.val_cer < 0.055  # 0.05 is the minimum; the default has 0.114
    assert best.hyperparameters["width"] == 48


def test_points_of_the_gaussian_process_are_refused_too(toy_search):
    space = FIXED | {"learning_rate": Span(1e-3, 1e-5, 1e-1), "width": Choice(32, (16, 24, 32, 48))}
    refuse = lambda point: "Too wide." if point["width"] == 48 else None  # noqa: E731
    search = toy_search(strategy="bayesian", space=space, trials=12, refuse=refuse).run()
    assert len(search.folder.trials()) == 12
    assert 48 not in [width for (width,) in points(search, "width")]


def test_hyperband_gives_the_default_the_whole_budget_and_others_a_share(toy_search):
    search = toy_search(strategy="hyperband", trials=14).run()
    trials = search.folder.trials()
    assert (trials[0].share, trials[0].hyperparameters) == (1.0, FIXED_POINT)
    shares = [round(9 * trial.share) for trial in trials[1:]]
    assert shares == [1] * 9 + [3] * 3 + [9] * 1
    first = sorted(trials[1:10], key=lambda trial: trial.val_cer)
    assert [t.hyperparameters for t in trials[10:13]] == [t.hyperparameters for t in first[:3]]
    assert trials[13].hyperparameters == min(trials[10:13], key=lambda trial: trial.val_cer).hyperparameters
    assert search.folder.best().id in ("00", "13")


@pytest.mark.parametrize("failing", [["01"], ["02", "05", "07"], ["11"]])
def test_a_failed_trial_does_not_stop_its_bracket(toy_search, failing):
    def outcome(trial_id, hyperparameters):
        if trial_id in failing:
            raise ValueError("It failed.")

    trials = toy_search(strategy="hyperband", trials=14, outcome=outcome).run().folder.trials()
    assert [trial.id for trial in trials if trial.status == "failed"] == failing
    assert [round(9 * trial.share) for trial in trials[1:]] == [1] * 9 + [3] * 3 + [9]
    completed = [trial for trial in trials[10:13] if trial.status == "completed"]
    assert trials[13].hyperparameters == min(completed, key=lambda trial: trial.val_cer).hyperparameters


FIXED_POINT = {name: each.default for name, each in FIXED.items()}


@pytest.mark.parametrize("strategy", ["random", "bayesian", "hyperband", "grid"])
def test_the_same_search_has_the_same_points(toy_search, strategy, tmp_path):
    first = toy_search(strategy=strategy, trials=6).run()
    first.folder.path.rename(tmp_path / "first")
    second = toy_search(strategy=strategy, trials=6).run()
    assert [point for _, point, _ in first.ran] == [point for _, point, _ in second.ran]


def test_random_points_come_before_the_gaussian_process(toy_search):
    settings = toy_search(strategy="bayesian", trials=20, space=SMALL).folder.settings()
    assert initial_points(settings) == 4  # two free dimensions


def test_nothing_is_printed(toy_search, capsys):
    for _ in range(2):  # a resume, too
        toy_search(strategy="bayesian", trials=5).run()
    assert capsys.readouterr() == ("", "")
