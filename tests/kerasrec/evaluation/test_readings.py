import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Character, Reading
from kerasrec.evaluation import Readings, evaluate, read_batches, read_labelled_lines
from kerasrec.lines.batches import evaluation_batches
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.glyphs.bank import GlyphPool
from kerasrec.models import LineCNN
from kerasrec.objectives import Autoregressive
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec

SENTENCES = ("abc ab cab", "bab cc a", "aab bca")


def composer(alphabet: Alphabet, **settings) -> LineComposer:
    """Draws characters as squares whose ink is their id; the space has no ink and reads as a blank."""
    images = np.stack([np.full((28, 28), alphabet.encode(c)[0], np.uint8) for c in "abc"])
    pool, spec = GlyphPool.from_labelled(images, "abc"), LineSpec(**settings)
    return LineComposer(pool, SENTENCES, alphabet, spec, seed=3, fit_rows=False)


def read_text(text: str) -> str:
    """Returns what the column reader reads in a text drawn without overlap."""
    merged = "".join(c for i, c in enumerate(text) if c != text[i - 1 : i])
    return merged.replace(" ", "")


def test_batches_are_read_in_order(recognizer):
    lines = composer(recognizer.alphabet, max_length=8, max_overlap=0.0)
    batches = list(evaluation_batches(lines, 20, 8, margin=40))
    readings = read_batches(recognizer, batches)
    assert len(readings) == 20 and recognizer.beam_widths == [0, 0, 0]
    assert readings.references == [text for batch in batches for text in lines.texts(batch["labels"])]
    assert readings.texts == [read_text(text) for text in readings.references]
    assert len(set(readings.references)) > 5


def test_lines_are_as_wide_as_their_glyphs(recognizer):
    readings = read_batches(
        recognizer, evaluation_batches(composer(recognizer.alphabet, max_length=8), 9, 4, margin=40)
    )
    assert [line.shape for line in readings.lines] == [(28, width) for width in readings.widths]
    assert readings.widths == [box[-1, 1] for box in readings.boxes]
    assert readings.widths == sorted(readings.widths)
    assert all(line.dtype == np.uint8 and line.base is None for line in readings.lines)


def test_boxes_are_those_of_the_glyphs(recognizer):
    lines = composer(recognizer.alphabet, max_length=8, min_overlap=0.2, max_overlap=0.3)
    readings = read_batches(recognizer, evaluation_batches(lines, 9, 4))
    for text, line, boxes in zip(readings.references, readings.lines, readings.boxes, strict=True):
        assert boxes.shape == (len(text), 2) and (boxes[:, 1] - boxes[:, 0] == 28).all()
        ink = np.zeros(line.shape[1], int)
        for character, (start, end) in zip(text, boxes.tolist(), strict=True):
            ink[start:end] += recognizer.alphabet.encode(character)[0] if character != " " else 0
        assert (line == ink).all()


def test_the_overlap_of_a_line_is_the_mean_of_its_gaps(recognizer):
    settings = {"max_length": 8, "min_overlap": 0.1, "max_overlap": 0.3, "overlap_per": "gap"}
    readings = read_batches(recognizer, evaluation_batches(composer(recognizer.alphabet, **settings), 30, 8))
    assert any(len(text) == 1 for text in readings.references)
    for text, boxes, overlap in zip(readings.references, readings.boxes, readings.overlaps, strict=True):
        steps = np.diff(boxes[:, 0])
        assert np.isnan(overlap) if len(text) == 1 else abs(overlap - (1 - steps.mean() / 28)) < 1 / 28


def test_tokens_and_labels_are_kept_for_the_accuracy(recognizer):
    lines = composer(recognizer.alphabet, max_length=8, max_overlap=0.0)
    readings = read_batches(recognizer, evaluation_batches(lines, 20, 8))
    assert [recognizer.alphabet.decode(row) for row in readings.tokens] == readings.texts
    assert [recognizer.alphabet.decode(row.tolist()) for row in readings.labels] == readings.references
    found = evaluate(readings).accuracies
    assert 0 < found.accuracy < 1 and 0 < found.lab_accuracy < 1


def test_a_character_that_is_not_predicted_counts_as_unread(recognizer):
    recognizer.objective = Autoregressive(start_end_tokens=False)
    readings = read_batches(
        recognizer, evaluation_batches(composer(recognizer.alphabet, max_length=8, max_overlap=0.0), 9, 4)
    )
    assert {row[0] for row in readings.tokens} == {Alphabet.START}
    assert [recognizer.alphabet.decode(row) for row in readings.tokens] == readings.texts


def test_the_beam_width_and_the_language_model_are_passed_on(recognizer):
    batches = list(evaluation_batches(composer(recognizer.alphabet, max_length=4), 4, 4))
    assert len(read_batches(recognizer, batches, beam_width=5, language_model="english")) == 4
    assert (
        len(
            read_labelled_lines(
                recognizer, [np.zeros((28, 28), np.uint8)], ["a"], beam_width=7, language_model="mine.klm"
            )
        )
        == 1
    )
    assert recognizer.beam_widths == [5, 7]
    assert recognizer.language_models == ["english", "mine.klm"]


def test_batches_can_be_arrays(recognizer):
    batches = list(evaluation_batches(composer(recognizer.alphabet, max_length=4), 6, 4))
    arrays = [{name: tensor.numpy() for name, tensor in batch.items()} for batch in batches]
    assert read_batches(recognizer, arrays).readings == read_batches(recognizer, batches).readings


def test_own_lines_have_no_boxes_and_no_overlaps(recognizer):
    line = np.repeat(np.array(recognizer.alphabet.encode("abca"), np.uint8), 28)[None].repeat(28, axis=0)
    readings = read_labelled_lines(recognizer, [line, line[:, :56]], ["abca", "ac"])
    assert readings.texts == ["abca", "ab"] and readings.boxes is None and readings.overlaps is None
    assert readings.captions == [("abca", "abca", readings.readings[0].confidence)] + [
        ("ac", "ab", pytest.approx(readings.readings[1].confidence))
    ]


def readings_of(pairs: list[tuple[str, str]]) -> Readings:
    readings = [Reading(read, 0.5, tuple(Character(c, 0.5, 0, 1) for c in read)) for _, read in pairs]
    lines = [np.full((28, 10 + i), i, np.uint8) for i in range(len(pairs))]
    return Readings([truth for truth, _ in pairs], readings, lines, overlaps=[i / 10 for i in range(len(pairs))])


def test_selected_lines_keep_all_columns():
    chosen = readings_of([("a", "b"), ("c", "d"), ("e", "f")]).select([2, 0])
    assert (chosen.references, chosen.texts, chosen.widths) == (["e", "a"], ["f", "b"], [12, 10])
    assert chosen.overlaps == [0.2, 0.0] and chosen.boxes is None


def test_the_worst_lines_have_the_most_errors_then_the_highest_error_rate():
    readings = readings_of(
        [("same", "same"), ("abcdef", "abxxef"), ("ab", "xx"), ("long line", ""), ("", "y"), ("ok", "ok")]
    )
    assert readings.worst(9).references == ["long line", "ab", "abcdef", ""]
    assert readings.worst(2).references == ["long line", "ab"]
    assert len(readings_of([("a", "a")]).worst(3)) == 0


def test_a_real_recognizer_is_evaluated():
    alphabet = Alphabet("abc ")
    real = Recognizer.build(LineCNN(), alphabet, LineSpec(max_length=4))
    lines = composer(alphabet, max_length=4)
    readings = read_batches(real, evaluation_batches(lines, 6, 4, real.architecture.margin))
    own = read_labelled_lines(real, readings.lines, readings.references, batch_size=2)
    assert own.texts == readings.texts
    assert evaluate(own).scores == evaluate(readings).scores
