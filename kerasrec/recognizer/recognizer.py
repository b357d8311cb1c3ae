"""The recognizer: an alphabet, a spec and a model in one object, which reads lines and is saved as one file."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import keras
import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Decoding, Reading, beam_search, greedy, to_reading
from kerasrec.errors import BadImage, BadRun, UsageError
from kerasrec.images.loading import ImageLike
from kerasrec.models import MODELS, Architecture, dtype_policy_scope, model_name
from kerasrec.models.architecture import Width
from kerasrec.models.compiled import Reader, compile_reader
from kerasrec.objectives import make_objective
from kerasrec.recognizer.model_file import DAMAGE, read_card, write_model
from kerasrec.recognizer.read_images import name_image, read_images
from kerasrec.spec import GLYPH_SIZE, LineSpec

if TYPE_CHECKING:
    from kerasrec.export.saved_model import Exported


class Recognizer:
    """Reads lines of handwriting.

    Attributes:
        architecture: The settings that the model was built from.
        alphabet: What the recognizer can write.
        spec: The lines it was made for.
        model: The Keras model: images (B, H, W, 1) uint8 and widths (B,) int32 to logits (B, T, K) float32.
        objective_name: What the model is trained for, by its name in `OBJECTIVES`.
        objective: The same; it knows what the logits mean.
        file: The file that it was loaded from; None if it was built.
    """

    def __init__(
        self,
        architecture: Architecture,
        alphabet: Alphabet,
        spec: LineSpec,
        model: keras.Model,
        objective: str | None = None,
    ) -> None:
        self.architecture, self.alphabet, self.spec, self.model = architecture, alphabet, spec, model
        self.objective_name = objective or architecture.objectives[0]
        self.objective = make_objective(self.objective_name, architecture, spec)
        self.file: Path | None = None

    @classmethod
    def build(
        cls,
        architecture: Architecture,
        alphabet: Alphabet,
        spec: LineSpec,
        policy: str = "float32",
        objective: str | None = None,
    ) -> Self:
        """Makes an untrained recognizer.

        Args:
            architecture: Of its model.
            alphabet: What it can write.
            spec: The lines it is made for.
            policy: Keras's dtype policy, under which it computes.
            objective: A name in `OBJECTIVES`; the model's first if not given.

        Raises:
            UsageError: The model cannot be trained for the objective.
        """
        with dtype_policy_scope(policy):
            model = architecture.build(len(alphabet))
        return cls(architecture, alphabet, spec, model, objective)

    @property
    def name(self) -> str:
        """The model's name in `MODELS`."""
        return model_name(self.architecture)

    def read(self, image: ImageLike, beam_width: int = 0) -> Reading:
        """Reads the line of writing in an image, with the weights that the model has now.

        Args:
            image: A path, the content of a file, an image of Pillow or an array, dark on light or light on dark, of
                any size; see `ImageLike`.
            beam_width: 0 decodes greedily, a number searches a beam of that width.

        Returns:
            The text, its confidence and its characters, whose places are pixels of the image.

        Raises:
            BadImage: It cannot be opened, is no image, is damaged, or has a size that cannot be a line.
        """
        (outcome,) = self.read_many([image], 1, beam_width)
        if isinstance(outcome, BadImage):
            raise outcome
        return outcome

    def read_many(
        self, images: Iterable[ImageLike], batch_size: int = 32, beam_width: int = 0
    ) -> Iterator[Reading | BadImage]:
        """Reads images in their order and in bounded memory, however many there are.

        Args:
            images: As `read` takes them, opened a few hundred at a time.
            batch_size: Most lines computed at once.
            beam_width: 0 decodes greedily, a number searches a beam of that width.

        Yields:
            The reading of each image, or the error that says what is wrong with it.
        """
        self.check_beam(beam_width)
        sources = (name_image(image, number) for number, image in enumerate(images, 1))
        return (outcome for _, outcome in read_images(self, sources, batch_size, beam_width))

    def read_lines(self, lines: Sequence[np.ndarray], batch_size: int = 32, beam_width: int = 0) -> list[Reading]:
        """Reads canonical lines; each gives the same text alone and among others.

        Args:
            lines: Canonical lines, each (H, w) uint8, ink 255 on 0, of any width.
            batch_size: Most lines computed at once; lines of like width go together.
            beam_width: 0 decodes greedily, a number searches a beam of that width.

        Returns:
            A reading for each line, in their order; positions are in pixels of the line.

        Raises:
            BadImage: A line has another height or type.
        """
        readings: list[Reading | None] = [None] * len(lines)
        for chosen in self._batches(lines, batch_size):
            images, widths = self.to_batch([lines[i] for i in chosen])
            log_probs = self.log_probs(images, widths)
            ends = [lines[i].shape[1] for i in chosen]
            for i, reading in zip(chosen, self.decode(log_probs, widths, beam_width, ends), strict=True):
                readings[i] = reading
        return [reading for reading in readings if reading is not None]

    def to_batch(self, lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Lays lines on one canvas, images (B, H, W, 1) uint8, and gives the widths (B,) int32 that count."""
        for line in lines:
            if line.shape[:-1] != (self.spec.height,) or line.dtype != np.uint8:
                raise BadImage(
                    f"Expected lines of shape ({self.spec.height}, width) and type uint8, but received {line.shape} "
                    f"and {line.dtype}. Make them with kerasrec.images.canonical.to_line."
                )
        widths = np.array([max(line.shape[1], self.least_width) for line in lines], np.int32)
        images = np.zeros((len(lines), self.spec.height, self.canvas_width(int(widths.max())), 1), np.uint8)
        for image, line in zip(images, lines, strict=True):
            image[:, : line.shape[1], 0] = line
        return images, widths

    def log_probs(self, images: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Computes log-probabilities (B, T, K) float32 of images (B, H, W, 1) uint8 with widths (B,) int32."""
        return self._reader(images, widths)

    def decode(
        self, log_probs: np.ndarray, widths: np.ndarray, beam_width: int = 0, ends: Sequence[int] | None = None
    ) -> list[Reading]:
        """Turns log-probabilities into readings.

        Args:
            log_probs: (B, T, K) float32.
            widths: (B,) int32, in pixels; the frames of a line follow from its width.
            beam_width: 0 decodes greedily, a number searches a beam of that width.
            ends: B pixel columns beyond which no character is placed, if not the widths.

        Raises:
            UsageError: A beam is asked for, and the model is trained for something else than CTC.
        """
        decodings = self.decode_ids(log_probs, widths, beam_width)
        return self.to_readings(decodings, widths.tolist() if ends is None else ends)

    def decode_ids(self, log_probs: np.ndarray, widths: np.ndarray, beam_width: int = 0) -> list[Decoding]:
        """Turns log-probabilities into ids and the outputs that say them; the arguments are those of `decode`."""
        self.check_beam(beam_width)
        counts = self.outputs(log_probs, widths)
        if not beam_width:
            return greedy(log_probs, counts, self.objective.collapses_repeats)
        return [beam_search(line[:count], beam_width) for line, count in zip(log_probs, counts, strict=True)]

    def check_beam(self, beam_width: int) -> None:
        """Raises UsageError if a beam is asked for, and the model is trained for something else than CTC."""
        if beam_width and not self.objective.collapses_repeats:
            raise UsageError(
                f"A beam of {beam_width} is searched in CTC's paths, and a model trained with {self.objective_name} "
                "has none. Leave the beam out."
            )

    def to_readings(self, decodings: Sequence[Decoding], ends: Sequence[int]) -> list[Reading]:
        """Turns decoded lines into readings; no character is placed beyond the pixel columns `ends` of the lines."""
        return [
            to_reading(decoding, self.alphabet, self.centres(decoding, _reach(decoding), end), float(end))
            for decoding, end in zip(decodings, ends, strict=True)
        ]

    def outputs(self, log_probs: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Tells of log-probabilities (B, T, K) how many each line is read from: (B,) int32."""
        frames = np.asarray(self.architecture.frames(widths), np.int32)
        return np.asarray(self.objective.output_lengths(log_probs, frames))

    def centres(self, decoding: Decoding, outputs: int, width: int) -> np.ndarray:
        """The pixel columns (T,) where the first so many outputs of a decoded line look.

        Outputs that are no frames of the image divide the line's width evenly among its characters.
        """
        number = np.arange(outputs)
        if self.objective.aligned:
            return self.architecture.offset + self.architecture.stride * number
        return (number + 0.5) * width / max(1, len(self.alphabet.decode(decoding.ids)))

    @cached_property
    def least_width(self) -> int:
        """What a narrower line counts as, in pixels: trained lines have no less, and a frame needs some."""
        least = self.spec.canvas_width if self.spec.fixed_width else GLYPH_SIZE
        return next(width for width in itertools.count(least) if self.architecture.frames(width) > 0)

    def canvas_width(self, width: Width) -> Width:
        """The columns of the canvas on which lines are laid whose widest counts as `width` pixels.

        It leaves each line the margin that its frames see, and takes few different values, so that buffers serve again.
        """
        return -(-(width + self.architecture.margin) // 32) * 32

    def save(self, path: Path) -> None:
        """Saves everything as one `.keras` file, whole or not at all.

        Raises:
            CannotWrite: The folder cannot be written to, or the disk is full.
        """
        card = {
            "model": self.name,
            "objective": self.objective_name,
            "settings": asdict(self.architecture),  # type: ignore[call-overload]
            "alphabet": self.alphabet.characters,
            "spec": asdict(self.spec),
        }
        write_model(path, self.model, card)

    @classmethod
    def load(cls, path: Path, policy: str = "float32") -> Self:
        """Loads what `save` wrote, to compute under a Keras dtype policy.

        Raises:
            BadRun: The file is missing, damaged, no recognizer, or of another format.
        """
        card = read_card(path)
        if "character_model" in card:
            raise BadRun(f"{path} reads single characters, and not lines. Use `kerasrec character read` or `evaluate`.")
        if card.get("model") not in MODELS:
            raise BadRun(
                f"{path} holds a model {card.get('model')!r}, which is none of {', '.join(MODELS)}. If it is your own, "
                "import the file that registers it first; on the command line: kerasrec --import FILE ..."
            )
        try:
            architecture = MODELS[card["model"]](**card["settings"])
            objective = card.get("objective")  # files from before there was a choice do without
            alphabet, spec = Alphabet(card["alphabet"]), LineSpec(**card["spec"])
            recognizer = cls.build(architecture, alphabet, spec, policy, objective)
            recognizer.model.load_weights(path)
        except DAMAGE as error:
            raise BadRun(f"{path} is a recognizer that cannot be rebuilt: {error}. Train it again.") from error
        recognizer.file = Path(path)
        return recognizer

    def export(self, folder: str | Path) -> "Exported":
        """Exports the recognizer as the next version of a SavedModel: image bytes in, text and confidence out.

        The version computes in float32, with the weights that the model has now. It is loaded again in a fresh process,
        without Keras and kerasrec, and has to give the same texts as the recognizer and confidences within 1e-3.

        Args:
            folder: That of the model, "saved_models/lines" say; versions are the numbered folders in it.

        Raises:
            UsageError: `folder` cannot be that of a model.
            CannotWrite: The version cannot be written.
            ExportFailed: The SavedModel does not give what the recognizer gives. No version is left.
        """
        from kerasrec.recognizer.exporting import export_recognizer  # it imports this class

        return export_recognizer(self, Path(folder))

    @cached_property
    def _reader(self) -> Reader:
        return compile_reader(self.model)

    def _batches(self, lines: Sequence[np.ndarray], batch_size: int) -> Iterator[list[int]]:
        order = sorted(range(len(lines)), key=lambda i: lines[i].shape[1])
        for start in range(0, len(order), batch_size):
            yield order[start : start + batch_size]


def _reach(decoding: Decoding) -> int:
    """How many outputs there are up to the last that says something."""
    return decoding.spans[-1].last + 1 if decoding.spans else 0
