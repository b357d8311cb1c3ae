import numpy as np
import pytest

from kerasrec.evaluation.metrics import score
from kerasrec.lines.batches import evaluation_batches
from kerasrec.objectives.ctc_loss import reference_ctc_loss
from kerasrec.training.validation import SAMPLES, validate


@pytest.fixture(scope="module")
def material(trained, small_splits):
    """A recognizer and the batches of 21 lines."""
    recognizer = trained.recognizer()
    composer = small_splits(trained.settings()).validation()
    return recognizer, list(evaluation_batches(composer, 21, 8, recognizer.architecture.margin))


def test_the_scores_are_those_of_reading(material):
    recognizer, batches = material
    scores, _ = validate(recognizer, batches)
    lines, truth = [], []
    for batch in batches:
        lines += [image[:, :width, 0] for image, width in zip(batch["images"].numpy(), batch["widths"], strict=True)]
        truth += [recognizer.alphabet.decode(row) for row in batch["labels"].numpy().tolist()]
    expected = score([reading.text for reading in recognizer.read_lines(lines)], truth)
    assert (scores["val_cer"], scores["val_lab_cer"]) == (expected.cer, expected.lab_cer)
    assert 0 < scores["val_cer"] < 1.5


def test_the_loss_is_the_mean_over_the_lines(material):
    recognizer, batches = material
    recognizer.temperature, losses = 1.0, []
    for batch in batches:
        log_probs = recognizer.log_probs(batch["images"].numpy(), batch["widths"].numpy())
        frames = recognizer.architecture.frames(batch["widths"].numpy())
        losses += np.asarray(reference_ctc_loss(batch["labels"], log_probs, batch["lengths"], frames)).tolist()
    scores, _ = validate(recognizer, batches)
    assert scores["val_loss"] == pytest.approx(np.mean(losses), rel=1e-4)


def test_samples_are_spread_over_the_lines(material):
    recognizer, batches = material
    validate(recognizer, batches)  # fits the temperature, which the confidences below depend on
    _, samples = validate(recognizer, batches)
    widths = np.concatenate([batch["widths"] for batch in batches])[::2][:SAMPLES]
    assert [sample.line.shape for sample in samples] == [(28, width) for width in widths]
    first = samples[0]
    assert first.truth == recognizer.alphabet.decode(batches[0]["labels"].numpy()[0].tolist())
    np.testing.assert_array_equal(first.line, batches[0]["images"].numpy()[0, :, : widths[0], 0])
    (reading,) = recognizer.read_lines([first.line])
    assert first.read == reading.text
    assert first.confidence == pytest.approx(reading.confidence, rel=1e-3)


def test_the_temperature_undoes_a_scale_of_the_logits(material):
    recognizer, batches = material
    validate(recognizer, batches)
    fitted, last = recognizer.temperature, recognizer.model.get_layer("classes")
    weights = last.get_weights()
    last.set_weights([1.2 * values for values in weights])
    scores, _ = validate(recognizer, batches)
    assert recognizer.temperature == pytest.approx(1.2 * fitted)
    last.set_weights(weights)
    assert validate(recognizer, batches)[0]["val_cer"] == scores["val_cer"]
    assert recognizer.temperature == fitted
