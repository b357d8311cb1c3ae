"""A character run: a folder with the results of a character training."""

from pathlib import Path
from typing import ClassVar, Self

from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.training.run_folder import RunFolder


class CharacterRun(RunFolder):
    """The files of a character run.

    Attributes:
        folder: The folder of the run.
    """

    command: ClassVar[str] = "kerasrec character train"

    @classmethod
    def create(cls, folder: Path, settings: CharacterSettings) -> Self:
        """Starts a new run; raises the errors of `RunFolder.start`."""
        return cls.start(folder, settings.to_json())

    def settings(self) -> CharacterSettings:
        """Reads the settings; raises the errors of `RunFolder.read_settings`."""
        return self.read_settings(CharacterSettings.from_json)

    def recognizer(self, policy: str = "float32") -> CharacterRecognizer:
        """Loads the best recognizer of the run.

        Raises:
            BadRun: There is no recognizer yet, or it is damaged.
        """
        return CharacterRecognizer.load(self.find_recognizer(f"Train again with `{self.command}`."), policy)
