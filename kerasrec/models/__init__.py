"""Line models: each a frozen dataclass of settings that builds a functional Keras model."""

from kerasrec.models.architecture import Architecture, dtype_policy_scope
from kerasrec.models.line_cnn import LineCNN, line_inputs
from kerasrec.models.line_cnn_lstm import LineCNNLSTM
from kerasrec.models.line_cnn_simple import LineCNNSimple
from kerasrec.models.line_cnn_transformer import LineCNNTransformer
from kerasrec.models.line_resnet import LineResNet

MODELS: dict[str, type[Architecture]] = {
    "line_cnn_simple": LineCNNSimple,
    "line_cnn": LineCNN,
    "line_cnn_lstm": LineCNNLSTM,
    "line_cnn_transformer": LineCNNTransformer,
    "line_resnet": LineResNet,
}
"""The models by name; the keys are what the command line takes."""

__all__ = [
    "MODELS",
    "Architecture",
    "LineCNN",
    "LineCNNLSTM",
    "LineCNNSimple",
    "LineCNNTransformer",
    "LineResNet",
    "line_inputs",
    "dtype_policy_scope",
]
