"""Character models: each a frozen dataclass of settings that builds a functional Keras model."""

from kerasrec.characters.models.architecture import CharacterArchitecture
from kerasrec.characters.models.character_cnn import CharacterCNN
from kerasrec.characters.models.character_mlp import CharacterMLP
from kerasrec.characters.models.character_resnet import CharacterResNet

CHARACTER_MODELS: dict[str, type[CharacterArchitecture]] = {
    "character_mlp": CharacterMLP,
    "character_cnn": CharacterCNN,
    "character_resnet": CharacterResNet,
}
"""The models by name; the keys are what the command line takes."""

__all__ = ["CHARACTER_MODELS", "CharacterArchitecture", "CharacterCNN", "CharacterMLP", "CharacterResNet"]
