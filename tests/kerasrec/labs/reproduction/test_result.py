import json
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from kerasrec.errors import BadRun
from kerasrec.evaluation.metrics import Accuracies, Scores
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.labs.reproduction.result import CHARACTER_MEASURES, MEASURES, RESULTS, Result, load_results
from kerasrec.labs.reproduction.runs import RUNS, CharacterPlan
from kerasrec.training.settings import TrainSettings


def test_a_result_is_read_as_it_was_written(made, tmp_path):
    result = Result("line-cnn-simple", {"lab": made(0.91), "disjoint": made(0.9, load=None)})
    result.save(tmp_path / "a" / "result.json")
    assert Result.load(tmp_path / "a" / "result.json") == result


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda values: values | {"format": 9}, "its format is 9, not 1"),
        (lambda values: {"format": 1, "name": "a"}, "'trainings'"),
        (lambda values: values | {"trainings": {"lab": {"epochs": 1}}}, "missing"),
        (lambda values: [1], "indices"),
    ],
)
def test_a_damaged_result_is_rejected(made, tmp_path, damage, problem):
    path = tmp_path / "result.json"
    Result("line-cnn-simple", {"lab": made()}).save(path)
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(BadRun, match=f"result.json is not a result of a reproduced run .*{problem}"):
        Result.load(path)


def test_results_are_found_by_the_names_of_their_runs(made, tmp_path):
    for name in ("b", "a"):
        Result(name, {"lab": made()}).save(tmp_path / f"{name}.json")
    (tmp_path / "README.md").touch()
    assert list(load_results(tmp_path)) == ["a", "b"]


def test_the_committed_results_are_of_known_runs_with_their_settings():
    results = load_results()
    assert set(results) <= set(RUNS)
    assert {file.stem for file in RESULTS.glob("*.json")} == set(results)
    for name, result in results.items():
        assert tuple(result.trainings) == RUNS[name].splits, f"{name} was not measured on all of its splits"
        for split, training in result.trainings.items():
            plan, stored = RUNS[name].settings, training.settings
            if isinstance(plan, TrainSettings):
                stored = TrainSettings.from_json(stored).to_json()  # with the settings that came later
            assert json.loads(json.dumps(stored)) == expected_settings(plan, split, stored["epochs"]), name
            assert "/" not in training.command


def expected_settings(plan: TrainSettings | CharacterPlan, split: str, epochs: int) -> dict[str, Any]:
    """Returns the settings of a run as a result stores them."""
    if isinstance(plan, CharacterPlan):
        settings = CharacterSettings(plan.model, {}, plan.glyphs, epochs, seed=plan.seed)
    else:
        settings = replace(plan, split=split, epochs=epochs)
    return json.loads(json.dumps(asdict(settings)))


def test_every_measure_of_lines_is_a_rate_of_an_evaluation():
    rates = {field.name for kind in (Scores, Accuracies) for field in fields(kind)}
    assert set(MEASURES) == rates - {"lines", "characters"}


def test_error_rates_fall_and_other_measures_rise():
    falling = {name for name, measure in MEASURES.items() if not measure.rises}
    assert falling == {"lab_cer", "cer", "wer"}


def test_each_measure_has_its_own_title_and_one_sentence():
    known = [*MEASURES.values(), *CHARACTER_MEASURES.values()]
    assert len({measure.title for measure in known}) == len(known)
    assert all(measure.meaning.endswith(".") and ". " not in measure.meaning for measure in known)
