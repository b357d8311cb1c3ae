"""Character models: each is a frozen dataclass of settings that builds a functional Keras model."""

from kerasrec.models.characters.architecture import CharacterArchitecture
from kerasrec.models.characters.character_cnn import CharacterCNN
from kerasrec.models.characters.character_mlp import CharacterMLP
from kerasrec.models.characters.character_resnet import CharacterResNet

CHARACTER_MODELS: dict[str, type[CharacterArchitecture]] = {
    "character_mlp": CharacterMLP,
    "character_cnn": CharacterCNN,
    "character_resnet": CharacterResNet,
}
"""The models by their names on the command line."""

__all__ = ["CHARACTER_MODELS", "CharacterArchitecture", "CharacterCNN", "CharacterMLP", "CharacterResNet"]
