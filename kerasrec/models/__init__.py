"""Line models: each is a frozen dataclass of settings that builds a functional Keras model."""

from kerasrec.models.architecture import Architecture, dtype_policy_scope, line_inputs
from kerasrec.models.line_cnn import LineCNN
from kerasrec.models.line_cnn_lstm import LineCNNLSTM
from kerasrec.models.line_cnn_simple import LineCNNSimple
from kerasrec.models.line_cnn_transformer import LineCNNTransformer
from kerasrec.models.line_resnet import LineResNet
from kerasrec.models.registry import MODELS, model_name, register_architecture

__all__ = [
    "MODELS",
    "Architecture",
    "LineCNN",
    "LineCNNLSTM",
    "LineCNNSimple",
    "LineCNNTransformer",
    "LineResNet",
    "dtype_policy_scope",
    "line_inputs",
    "model_name",
    "register_architecture",
]
