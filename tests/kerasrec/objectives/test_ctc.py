import numpy as np

from kerasrec.objectives import CTC
from kerasrec.objectives import ctc_loss as ctc

LABELS, LENGTHS = np.array([[4, 5, 3], [4, 4, 4]], np.int32), np.array([2, 3], np.int32)


def test_a_line_is_one_term_if_its_label_is_feasible_and_none_otherwise():
    logits = np.random.default_rng(0).normal(size=(2, 4, 6)).astype(np.float32)
    losses, terms = CTC().losses(logits, np.array([4, 4]), LABELS, LENGTHS)
    assert np.asarray(terms).tolist() == [1, 0]  # 4 4 4 needs five frames
    expected = np.asarray(ctc.reference_ctc_loss(LABELS[:1], logits[:1], LENGTHS[:1], np.array([4])))
    np.testing.assert_allclose(losses, [*expected, 0], rtol=1e-5)


def test_a_label_needs_a_frame_per_character_and_one_between_equal_ones():
    assert np.asarray(CTC().required_frames(LABELS, LENGTHS)).tolist() == [2, 5]


def test_all_frames_are_decoded():
    assert np.asarray(CTC().output_lengths(np.zeros((3, 7, 6), np.float32), np.array([5, 7, 9]))).tolist() == [5, 7, 7]
