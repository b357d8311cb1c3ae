"""A run on single characters: the folder in which a training keeps all that it makes."""

from pathlib import Path
from typing import ClassVar, Self

from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.training.run_folder import RunFolder


class CharacterRun(RunFolder):
    """The files of a run.

    Attributes:
        folder: Where they lie.
    """

    command: ClassVar[str] = "kerasrec character train"

    @classmethod
    def create(cls, folder: Path, settings: CharacterSettings) -> Self:
        """Starts a new run; raises what `RunFolder.start` raises."""
        return cls.start(folder, settings.to_json())

    def settings(self) -> CharacterSettings:
        """Reads the settings; raises what `RunFolder.read_settings` raises."""
        return self.read_settings(CharacterSettings.from_json)

    def recognizer(self, policy: str = "float32") -> CharacterRecognizer:
        """Loads the best recognizer of the run.

        Raises:
            BadRun: There is none yet, or it is damaged.
        """
        return CharacterRecognizer.load(self.find_recognizer(f"Train another with `{self.command}`."), policy)
