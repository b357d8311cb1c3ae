"""Formats an evaluation as text and tables for the console."""

from collections.abc import Iterator, Sequence

from kerasrec.evaluation.calibration import CalibrationBin
from kerasrec.evaluation.coverage import Coverage
from kerasrec.evaluation.measures import Evaluation
from kerasrec.evaluation.metrics import Scores
from kerasrec.evaluation.places import Places

_RATES = {"cer": "CER", "lab_cer": "lab CER", "wer": "WER", "perfect": "perfect lines"}
_GROUPS = {
    "length": "characters in the line",
    "adjacent_repeats": "adjacent repeats",
    "overlap": "overlap of neighbours",
    "group": "group",
}
_MOST_GROUPS = 20  # rows of a table; of more, those with the highest CER are shown
_CONFUSIONS = 10
_SHARES = (0.2, 0.5, 0.8, 0.9)


def describe(evaluation: Evaluation) -> list[str]:
    """Formats an evaluation as lines of text: tables with an empty line between them.

    Rates are percentages of characters (CER), words (WER) or lines.
    """
    return list(_lines(evaluation))


def _lines(evaluation: Evaluation) -> Iterator[str]:
    scores = evaluation.scores
    yield f"{scores.lines:,} lines, {scores.characters:,} characters"
    yield ""
    yield from _table(["", "", "95% interval"], [_rate_row(evaluation, name) for name in _RATES])
    if evaluation.accuracies is not None:
        right = evaluation.accuracies
        yield f"characters in their place {right.accuracy:.2%}, with padding counted {right.lab_accuracy:.2%}"
    for kind, groups in evaluation.groups.items():
        yield ""
        shown = list(groups.items())
        if len(shown) > _MOST_GROUPS:
            yield f"the {_MOST_GROUPS} of {len(shown):,} with the highest CER"
            shown = sorted(shown, key=lambda item: -item[1].cer)[:_MOST_GROUPS]
        yield from _table([_GROUPS[kind], "lines", *_RATES.values()], [_group_row(*item) for item in shown])
    yield ""
    bins = [_bin_row(each) for each in evaluation.calibration.bins]
    yield from _table(["confidence", "lines", "mean confidence", "perfect lines"], bins)
    yield f"expected calibration error {evaluation.calibration.error:.1%}"
    yield ""
    surest = [_coverage_row(each) for each in evaluation.coverage if each.share in _SHARES]
    yield from _table(["the surest lines", "confidence from", "CER", "perfect lines"], surest)
    if evaluation.confusions:
        yield ""
        rows = [[_show(a), _show(b), f"{n:,}"] for a, b, n in evaluation.most_confused(_CONFUSIONS)]
        yield from _table(["most confused: truth", "read as", "times"], rows)
    if evaluation.places is not None:
        yield ""
        yield _places_line(evaluation.places)


def _places_line(places: Places) -> str:
    return (
        f"places of the {places.characters:,} characters read right: {places.centre_error:.1f} px off on average, "
        f"intersection over union {places.iou:.2f}"
    )


def _rate_row(evaluation: Evaluation, name: str) -> list[str]:
    low, high = evaluation.intervals[name]
    return [_RATES[name], f"{getattr(evaluation.scores, name):.2%}", f"{low:.2%} to {high:.2%}"]


def _group_row(name: str, scores: Scores) -> list[str]:
    return [name, f"{scores.lines:,}", *(f"{getattr(scores, rate):.2%}" for rate in _RATES)]


def _bin_row(each: CalibrationBin) -> list[str]:
    return [f"{each.low:.0%} to {each.high:.0%}", f"{each.lines:,}", f"{each.confidence:.1%}", f"{each.perfect:.1%}"]


def _coverage_row(each: Coverage) -> list[str]:
    return [f"{each.share:.0%}", f"{each.confidence:.1%}", f"{each.cer:.2%}", f"{each.perfect:.1%}"]


def _show(character: str) -> str:
    return {"": "nothing", " ": "space"}.get(character, character)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Formats columns two spaces apart, the first aligned to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        yield "  ".join(cells).rstrip()
