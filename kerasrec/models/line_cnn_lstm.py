"""LineCNNLSTM: LineCNN with a bidirectional LSTM, from the Full Stack Deep Learning labs (2021, lab 3)."""

from dataclasses import dataclass
from typing import ClassVar

from kerasrec.backend import keras, layers
from kerasrec.errors import UsageError
from kerasrec.models.architecture import line_inputs
from kerasrec.models.line_cnn import LineCNN
from kerasrec.models.lstm import BidirectionalLSTM


@dataclass(frozen=True)
class LineCNNLSTM(LineCNN):
    """LineCNN followed by bidirectional LSTMs, whose directions are summed, and a dense layer.

    >>> LineCNNLSTM().frames(896)
    55

    Attributes:
        lstm_dim: Units of an LSTM in each direction.
        lstm_layers: Number of LSTM layers.
    """

    margin: ClassVar[int] = LineCNN.margin
    context: ClassVar[bool] = True

    lstm_dim: int = 512
    lstm_layers: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lstm_dim", "lstm_layers"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}.")

    def build(self, classes: int) -> keras.Model:
        """Builds the model; see `Architecture.build`."""
        images, widths = line_inputs(self.height)
        x, frames = self.head(images, classes), self.frames(widths)
        for number in range(1, self.lstm_layers + 1):
            x = BidirectionalLSTM(self.lstm_dim, name=f"lstm{number}")([x, frames])
        x = layers.Dense(classes, name="lstm_classes")(x)
        logits = layers.Activation("linear", dtype="float32", name="logits")(x)
        return keras.Model([images, widths], logits, name="line_cnn_lstm")
