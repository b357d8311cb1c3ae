from dataclasses import fields

from kerasrec.evaluation.metrics import Accuracies, Scores
from kerasrec.labs.reproduction.measures import CHARACTER_MEASURES, MEASURES


def test_every_measure_of_lines_is_a_rate_of_an_evaluation():
    rates = {field.name for kind in (Scores, Accuracies) for field in fields(kind)}
    assert set(MEASURES) == rates - {"lines", "characters"}


def test_errors_fall_and_all_else_rises():
    falling = {name for name, measure in MEASURES.items() if not measure.rises}
    assert falling == {"lab_cer", "cer", "wer"}


def test_each_has_a_title_of_its_own_and_one_sentence():
    known = [*MEASURES.values(), *CHARACTER_MEASURES.values()]
    assert len({measure.title for measure in known}) == len(known)
    assert all(measure.meaning.endswith(".") and ". " not in measure.meaning for measure in known)
