import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.models import LineCNN
from kerasrec.objectives import Autoregressive
from kerasrec.spec import LineSpec

START, END, PADDING = Alphabet.START, Alphabet.END, Alphabet.PADDING
LABELS, LENGTHS = np.array([[4, 5, PADDING], [6, 5, 4]], np.int32), np.array([2, 3], np.int32)


def expected_loss(logits, targets):
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return -sum(log_probs[t, token] for t, token in enumerate(targets))


def test_the_loss_includes_each_token_and_the_end_but_not_padding():
    logits = np.random.default_rng(0).normal(size=(2, 4, 7)).astype(np.float32)
    losses, terms = Autoregressive().losses(logits, np.array([9, 9]), LABELS, LENGTHS)
    targets = [[4, 5, END], [6, 5, 4, END]]
    np.testing.assert_allclose(losses, [expected_loss(*line) for line in zip(logits, targets, strict=True)], rtol=1e-5)
    assert np.asarray(terms).tolist() == [3, 4]


def test_without_start_and_end_tokens_the_fault_of_the_labs_is_reproduced():
    logits = np.random.default_rng(0).normal(size=(2, 2, 7)).astype(np.float32)
    losses, terms = Autoregressive(start_end_tokens=False).losses(logits, np.array([9, 9]), LABELS, LENGTHS)
    targets = [[5], [5, 4]]  # all but the first character; no end
    np.testing.assert_allclose(losses, [expected_loss(*line) for line in zip(logits, targets, strict=True)], rtol=1e-5)
    assert np.asarray(terms).tolist() == [1, 2]
    assert (Autoregressive().first_position, Autoregressive(start_end_tokens=False).first_position) == (0, 1)


def test_a_line_is_read_up_to_its_end_token():
    log_probs = np.zeros((3, 4, 7), np.float32)
    for line, tokens in zip(log_probs, ([4, 5, END, END], [END, 4, 4, 4], [4, 4, 4, 4]), strict=True):
        line[np.arange(4), tokens] = 1
    assert np.asarray(Autoregressive().output_lengths(log_probs, np.array([9, 9, 9]))).tolist() == [3, 1, 4]


def test_a_line_needs_one_frame_only():
    assert np.asarray(Autoregressive().required_frames(LABELS, LENGTHS)).tolist() == [1, 1]
    Autoregressive().check(LineCNN(), LineSpec())
