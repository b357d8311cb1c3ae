"""The operations of a line, compared with arithmetic by hand."""

import keras
import pytest

from kerasrec.models import LineCNN, LineCNNLSTM, LineCNNSimple, LineCNNTransformer, LineResNet, line_inputs
from kerasrec.models.flops import count_flops

CLASSES = 83
CONVOLUTIONS = 2 * (
    28 * 896 * 9 * (1 * 32 + 32 * 32)  # two convolutions of 3x3 at full size
    + 14 * 448 * 9 * (32 * 32 + 32 * 32)
    + 7 * 224 * 9 * (32 * 64 + 64 * 64)
    + 4 * 112 * 9 * (64 * 128 + 128 * 128)
)
LINE_CNN = CONVOLUTIONS + 2 * 55 * (3 * 3 * 128 * 512 + 512 * 512 + 512 * CLASSES)  # the windows and the head
MEMORY = CONVOLUTIONS + 2 * 111 * (3 * 2 * 128 * 512 + 512 * 512 + 512 * 256)
KEY_VALUES = 2 * 4 * 111 * 256 * (256 + 256)  # keys and values of the memory's frames, for each of 4 layers
TEXT = 4 * 256 * 256 + 2 * 33 * 256  # queries, keys, values and output of one token; attention over 33 positions
IMAGE = 2 * 256 * 256 + 2 * 111 * 256  # queries and output; attention over 111 frames
STEP = 2 * (4 * (TEXT + IMAGE + 2 * 256 * 256) + 256 * CLASSES)
LINE_CNN_TRANSFORMER = MEMORY + KEY_VALUES + 33 * STEP
LINE_CNN_SIMPLE = 2 * 32 * (28 * 28 * 9 * (1 * 64 + 64 * 64) + 14 * 14 * 64 * 128 + 128 * CLASSES)  # 32 windows
LSTM = (
    2 * 55 * (2 * 4 * 512 * (CLASSES + 512) + 512 * CLASSES)
)  # two directions of four gates, and the last dense layer
CONTEXT = 2 * 112 * 6 * 5 * 256 * 256  # three blocks of two convolutions over 5 frames
LINE_RESNET = CONTEXT + 2 * (
    14 * 448 * (5 * 5 * 32)
    + 7 * 224 * 9 * (32 * 64 + 2 * 64 * 64)
    + 4 * 112 * 9 * (64 * 128 + 2 * 128 * 128)
    + 112 * (4 * 3 * 128 * 256)
    + 112 * 256 * CLASSES
)


@pytest.mark.parametrize(
    ("architecture", "flops"),
    [
        (LineCNNSimple(), LINE_CNN_SIMPLE),
        (LineCNN(), LINE_CNN),
        (LineCNNLSTM(), LINE_CNN + LSTM),
        (LineCNNTransformer(), LINE_CNN_TRANSFORMER),
        (LineResNet(), LINE_RESNET),
    ],
    ids=["line_cnn_simple", "line_cnn", "line_cnn_lstm", "line_cnn_transformer", "line_resnet"],
)
def test_the_operations_of_a_line_of_896_px_equal_those_counted_by_hand(architecture, flops):
    assert count_flops(architecture.build(CLASSES), 896) == flops


def test_line_cnn_needs_about_one_gflop():
    assert LINE_CNN == pytest.approx(1.17e9, rel=0.01)


def test_a_layer_without_a_kernel_is_not_counted():
    images, widths = line_inputs(28)
    x = keras.layers.BatchNormalization()(keras.layers.Rescaling(1 / 255)(images))
    x = keras.layers.Dense(3)(x)
    assert count_flops(keras.Model([images, widths], x), 10) == 2 * 28 * 10 * 1 * 3
