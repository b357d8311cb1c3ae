"""A run on single characters: the folder in which a training keeps all that it makes."""

from pathlib import Path
from typing import ClassVar, Self

from kerasrec.characters.recognizer import CharacterRecognizer
from kerasrec.characters.settings import CharacterSettings
from kerasrec.errors import BadRun
from kerasrec.run_folder import RunFolder


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
        if not self.recognizer_file.is_file():
            raise BadRun(
                f"{self.folder} has no recognizer yet: its first epoch did not end. Train another with "
                f"`{self.command}`."
            )
        return CharacterRecognizer.load(self.recognizer_file, policy)
