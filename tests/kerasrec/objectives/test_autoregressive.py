import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.models import LineCNN
from kerasrec.objectives import Autoregressive
from kerasrec.spec import LineSpec

START, END, PADDING = Alphabet.START, Alphabet.END, Alphabet.PADDING
LABELS, LENGTHS = np.array([[4, 5, PADDING], [6, 5, 4]], np.int32), np.array([2, 3], np.int32)


def expected_loss(logits, asked):
    says = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return -sum(says[t, token] for t, token in enumerate(asked))


def test_each_token_and_the_end_are_asked_for_and_padding_is_not():
    logits = np.random.default_rng(0).normal(size=(2, 4, 7)).astype(np.float32)
    losses, terms = Autoregressive().losses(logits, np.array([9, 9]), LABELS, LENGTHS)
    asked = [[4, 5, END], [6, 5, 4, END]]
    np.testing.assert_allclose(losses, [expected_loss(*line) for line in zip(logits, asked, strict=True)], rtol=1e-5)
    assert np.asarray(terms).tolist() == [3, 4]


def test_the_fault_of_the_labs_can_be_had():
    logits = np.random.default_rng(0).normal(size=(2, 2, 7)).astype(np.float32)
    losses, terms = Autoregressive(start_end_tokens=False).losses(logits, np.array([9, 9]), LABELS, LENGTHS)
    asked = [[5], [5, 4]]  # what follows the first character; no end
    np.testing.assert_allclose(losses, [expected_loss(*line) for line in zip(logits, asked, strict=True)], rtol=1e-5)
    assert np.asarray(terms).tolist() == [1, 2]
    assert (Autoregressive().first_place, Autoregressive(start_end_tokens=False).first_place) == (0, 1)


def test_a_line_is_read_to_its_end():
    log_probs = np.zeros((3, 4, 7), np.float32)
    for line, tokens in zip(log_probs, ([4, 5, END, END], [END, 4, 4, 4], [4, 4, 4, 4]), strict=True):
        line[np.arange(4), tokens] = 1
    assert np.asarray(Autoregressive().output_lengths(log_probs, np.array([9, 9, 9]))).tolist() == [3, 1, 4]


def test_any_line_that_has_a_frame_will_do():
    assert np.asarray(Autoregressive().required_frames(LABELS, LENGTHS)).tolist() == [1, 1]
    Autoregressive().check(LineCNN(), LineSpec())
