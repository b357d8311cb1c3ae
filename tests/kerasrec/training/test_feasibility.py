import re

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import InfeasibleLine, UsageError
from kerasrec.lines.composer import LineComposer
from kerasrec.models import LineCNN, LineResNet
from kerasrec.objectives.ctc_loss import required_frames
from kerasrec.spec import LineSpec
from kerasrec.training.feasibility import check_feasible
from kerasrec.training.settings import TrainSettings

SETTINGS = TrainSettings()


def feasible_composer(random_pool, sentences: list[str], **spec: object) -> LineComposer:
    return LineComposer(random_pool("abc"), sentences, Alphabet("abc "), LineSpec(max_length=6, **spec))


def test_a_window_wider_than_the_lines_is_rejected_with_both_widths(random_pool):
    composer = feasible_composer(random_pool, ["abc"])
    with pytest.raises(UsageError, match=r"windows of 200 px, but the widest line has only 84 px\. Lower"):
        check_feasible(LineCNN(window_width=200), SETTINGS, composer)


def test_lines_that_fit_their_frames_pass(random_pool):
    check_feasible(LineResNet(), SETTINGS, feasible_composer(random_pool, ["aabbcc abcabc"]))
    check_feasible(LineCNN(window_stride=24), SETTINGS, feasible_composer(random_pool, ["abcabc"], max_overlap=0.0))


@pytest.mark.parametrize(
    ("architecture", "spec", "sentence"),
    [
        (LineCNN(window_stride=32), {"min_overlap": 0.3}, "abcabc"),
        (LineCNN(window_stride=24), {"max_overlap": 0.0}, "aabbcc"),  # the repeats need frames of their own
        (LineResNet(), {"min_overlap": 0.8, "max_overlap": 0.9, "overlap_per": "gap"}, "aaaaaa"),
        (LineCNN(window_stride=64), {"fixed_width": True}, "abcabc"),
    ],
)
def test_a_line_that_does_not_fit_is_reported(architecture, spec, sentence, random_pool):
    composer = feasible_composer(random_pool, [sentence], **spec)
    pattern = (
        r"Line (\d+), '(\w+)', needs (\d+) frames .*, but at (\d+) px the model has (-?\d+)\. This affects ([\d.]+)%"
    )
    with pytest.raises(InfeasibleLine, match=pattern) as caught:
        check_feasible(architecture, SETTINGS, composer)
    line, text, needed, width, frames, share = re.search(pattern, str(caught.value)).groups()
    labels, lengths, widths = composer.labels(tf.range(2000, dtype=tf.int64))
    lacking = np.asarray(required_frames(labels, lengths)) - architecture.frames(widths.numpy())
    assert composer.texts(labels[int(line) : int(line) + 1]) == [text]
    assert int(width) == widths[int(line)]
    assert int(frames) == architecture.frames(int(width))
    assert int(needed) - int(frames) == lacking.max() > 0
    assert float(share) == pytest.approx(100 * np.mean(lacking > 0), abs=0.06)
