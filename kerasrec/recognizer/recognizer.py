"""The recognizer: an alphabet, a line spec and a model in one object, which reads lines and is saved to one file."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import keras
import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import WIDTH, Decoding, Reading, beam_search, greedy, to_reading
from kerasrec.errors import BadImage, BadRun, UsageError
from kerasrec.images.loading import ImageLike
from kerasrec.language.packaged import LanguageModelLike, open_language_model
from kerasrec.language.prior import make_prior
from kerasrec.models import MODELS, Architecture, dtype_policy_scope, model_name
from kerasrec.models.architecture import Width
from kerasrec.models.compiled import Reader, compile_reader
from kerasrec.objectives import make_objective
from kerasrec.recognizer.model_file import check_card, read_card, write_model
from kerasrec.recognizer.read_images import name_image, read_images
from kerasrec.spec import LineSpec, check_ink

if TYPE_CHECKING:
    from kerasrec.export.saved_model import Exported


class Recognizer:
    """Reads lines of handwriting.

    Attributes:
        architecture: The architecture of the model.
        alphabet: The alphabet of its readings.
        spec: The line spec.
        model: The Keras model, from images (B, H, W, 1) uint8 and widths (B,) int32 to logits (B, T, K) float32.
        objective_name: The objective of the model, as named in `OBJECTIVES`.
        objective: The objective, which defines the meaning of the logits.
        file: The file that the recognizer was loaded from; None if it was built.
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
        """Builds an untrained recognizer.

        Args:
            architecture: The architecture of the model.
            alphabet: The alphabet of its readings.
            spec: The line spec.
            policy: The Keras dtype policy to compute with.
            objective: A name in `OBJECTIVES`; the architecture's default if not given.

        Raises:
            UsageError: The model cannot be trained with the objective.
        """
        with dtype_policy_scope(policy):
            model = architecture.build(len(alphabet))
        return cls(architecture, alphabet, spec, model, objective)

    @property
    def name(self) -> str:
        """The name of the architecture in `MODELS`."""
        return model_name(self.architecture)

    def read(
        self,
        image: ImageLike,
        beam_width: int = 0,
        *,
        ink: str = "auto",
        language_model: LanguageModelLike | None = None,
    ) -> Reading:
        """Reads the line of handwriting in an image with the model's current weights.

        Args:
            image: A path, the content of a file, a Pillow image or an array of any size, dark on light or light on
                dark; see `ImageLike`.
            beam_width: The width of the beam search; 0 decodes greedily.
            ink: "dark" or "light" if its ink is known to be darker or lighter than its paper; "auto" finds out.
            language_model: The language model to search with: the name of one of the package, such as "english", the
                path of a .klm file, or a `LanguageModel`. The width of the beam is then 16 unless it is given.

        Returns:
            The text, its confidence and its characters, whose positions are pixels of the image.

        Raises:
            BadImage: It cannot be opened, is not an image, is damaged, or does not have the size of a line.
            BadLanguageModel: The file of the language model is damaged.
            UsageError: `beam_width`, `ink` or `language_model` is something else.
        """
        (outcome,) = self.read_many([image], 1, beam_width, ink=ink, language_model=language_model)
        if isinstance(outcome, BadImage):
            raise outcome
        return outcome

    def read_many(
        self,
        images: Iterable[ImageLike],
        batch_size: int = 32,
        beam_width: int = 0,
        *,
        ink: str = "auto",
        language_model: LanguageModelLike | None = None,
    ) -> Iterator[Reading | BadImage]:
        """Reads any number of images in order and in bounded memory.

        Args:
            images: Images as in `read`, opened a few hundred at a time.
            batch_size: The maximum number of lines to compute at once.
            beam_width: The width of the beam search; 0 decodes greedily.
            ink: Whether ink is "dark" or "light"; "auto" finds out for each image.
            language_model: The language model to search with, as in `read`.

        Yields:
            The reading of each image, or the error that describes the problem with it.

        Raises:
            BadLanguageModel: The file of the language model is damaged.
            UsageError: `images` is a single image, a number is out of range, or `ink` is something else.
        """
        self.check_beam(beam_width, language_model)
        check_ink(ink)
        if isinstance(images, str | bytes | np.ndarray):
            raise UsageError("read_many takes several images, such as a list of paths. Use read for one image.")
        if batch_size < 1:
            raise UsageError(f"batch_size must be at least 1, but is {batch_size}.")
        sources = (name_image(image, number) for number, image in enumerate(images, 1))
        return (outcome for _, outcome in read_images(self, sources, batch_size, beam_width, ink, language_model))

    def read_lines(
        self,
        lines: Sequence[np.ndarray],
        batch_size: int = 32,
        beam_width: int = 0,
        language_model: LanguageModelLike | None = None,
    ) -> list[Reading]:
        """Reads canonical lines; the text of a line does not depend on the other lines.

        Args:
            lines: Canonical lines, each (H, w) uint8, ink 255 on 0, of any width.
            batch_size: The maximum number of lines to compute at once; lines of similar width are batched together.
            beam_width: The width of the beam search; 0 decodes greedily.
            language_model: The language model to search with, as in `read`.

        Returns:
            A reading for each line, in order; positions are pixels of the line.

        Raises:
            BadImage: A line has another height or dtype.
        """
        readings: list[Reading | None] = [None] * len(lines)
        for chosen in self._batches(lines, batch_size):
            images, widths = self.to_batch([lines[i] for i in chosen])
            log_probs = self.log_probs(images, widths)
            ends = [lines[i].shape[1] for i in chosen]
            decoded = self.decode(log_probs, widths, beam_width, ends, language_model)
            for i, reading in zip(chosen, decoded, strict=True):
                readings[i] = reading
        return [reading for reading in readings if reading is not None]

    def to_batch(self, lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Pads lines to one canvas, images (B, H, W, 1) uint8, and returns it with their widths (B,) int32."""
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
        self,
        log_probs: np.ndarray,
        widths: np.ndarray,
        beam_width: int = 0,
        ends: Sequence[int] | None = None,
        language_model: LanguageModelLike | None = None,
    ) -> list[Reading]:
        """Decodes log-probabilities to readings.

        Args:
            log_probs: (B, T, K) float32.
            widths: (B,) int32, in pixels; the frames of a line follow from its width.
            beam_width: The width of the beam search; 0 decodes greedily.
            ends: The pixel column of each line that characters do not exceed; the widths if not given.
            language_model: The language model to search with, as in `read`.

        Raises:
            UsageError: A beam width or a language model is given, but the model was not trained with CTC.
        """
        decodings = self.decode_ids(log_probs, widths, beam_width, language_model)
        return self.to_readings(decodings, widths.tolist() if ends is None else ends)

    def decode_ids(
        self,
        log_probs: np.ndarray,
        widths: np.ndarray,
        beam_width: int = 0,
        language_model: LanguageModelLike | None = None,
    ) -> list[Decoding]:
        """Decodes log-probabilities to ids and the outputs that predict them; the arguments are those of `decode`."""
        self.check_beam(beam_width, language_model)
        counts = self.outputs(log_probs, widths)
        if not beam_width and language_model is None:
            return greedy(log_probs, counts, self.objective.collapses_repeats)
        model = None if language_model is None else open_language_model(language_model)
        prior = None if model is None else make_prior(model, self.alphabet)
        return [
            beam_search(line[:count], beam_width or WIDTH, prior=prior)
            for line, count in zip(log_probs, counts, strict=True)
        ]

    def check_beam(self, beam_width: int, language_model: LanguageModelLike | None = None) -> None:
        """Checks that lines can be read with a beam width or a language model, if they are given.

        Raises:
            BadLanguageModel: The file of the language model is damaged.
            UsageError: The model was not trained with CTC, or there is no such language model.
        """
        if not self.objective.collapses_repeats and (beam_width or language_model is not None):
            what = "the language model" if language_model is not None else "the beam width"
            search = "A language model" if language_model is not None else f"A beam search of width {beam_width}"
            raise UsageError(
                f"{search} needs a model trained with ctc, but this one was trained with {self.objective_name}. "
                f"Leave out {what}."
            )
        if language_model is not None:
            open_language_model(language_model)

    def to_readings(self, decodings: Sequence[Decoding], ends: Sequence[int]) -> list[Reading]:
        """Converts decoded lines to readings; characters do not exceed the pixel column in `ends` of their line."""
        return [
            to_reading(decoding, self.alphabet, self.centres(decoding, _count_outputs(decoding), end), float(end))
            for decoding, end in zip(decodings, ends, strict=True)
        ]

    def outputs(self, log_probs: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Returns the number (B,) int32 of outputs to decode for each line, given log-probabilities (B, T, K)."""
        frames = np.asarray(self.architecture.frames(widths), np.int32)
        return np.asarray(self.objective.output_lengths(log_probs, frames))

    def centres(self, decoding: Decoding, outputs: int, width: int) -> np.ndarray:
        """Returns the pixel columns (T,) at the centres of the first `outputs` outputs of a decoded line.

        If outputs are not frames of the image, the line's width is divided evenly among its characters.
        """
        number = np.arange(outputs)
        if self.objective.aligned:
            return self.architecture.offset + self.architecture.stride * number
        return (number + 0.5) * width / max(1, len(self.alphabet.decode(decoding.ids)))

    @cached_property
    def least_width(self) -> int:
        """The width in pixels to which narrower lines are padded: the minimum in training and of a frame."""
        least = self.spec.canvas_width if self.spec.fixed_width else self.spec.height
        return next(width for width in itertools.count(least) if self.architecture.frames(width) > 0)

    def canvas_width(self, width: Width) -> Width:
        """Returns the width of the canvas for lines of which the widest has `width` pixels.

        It includes the margin that the frames of a line need, and is a multiple of 32 so that buffers can be reused.
        """
        return -(-(width + self.architecture.margin) // 32) * 32

    def save(self, path: str | Path) -> None:
        """Saves the recognizer to one `.keras` file atomically.

        Raises:
            CannotWrite: The folder is not writable, or the disk is full.
        """
        card = {
            "model": self.name,
            "objective": self.objective_name,
            "settings": asdict(self.architecture),  # type: ignore[call-overload]
            "alphabet": self.alphabet.characters,
            "spec": asdict(self.spec),
        }
        write_model(Path(path), self.model, card)

    @classmethod
    def load(cls, path: Path, policy: str = "float32") -> Self:
        """Loads a recognizer saved with `save`, to compute under a Keras dtype policy.

        Raises:
            BadRun: The file is missing, damaged, not a recognizer, or has another format.
        """
        with dtype_policy_scope(policy):  # refuses a wrong policy before the file is blamed
            card = read_card(path)
        if "character_model" in card:
            raise BadRun(
                f"{path} reads single characters, not lines. Use `kerasrec character read` or "
                "`kerasrec character evaluate`."
            )
        if str(card.get("model")) not in MODELS:
            raise BadRun(
                f"{path} holds a model {card.get('model')!r}, which is not one of {', '.join(MODELS)}. If it is your "
                "own, import the file that registers it first; on the command line: kerasrec --import FILE ..."
            )
        try:
            check_card(card)
            architecture = MODELS[card["model"]](**card["settings"])
            objective = card.get("objective")  # missing in files that were saved before there was a choice
            alphabet, spec = Alphabet(card["alphabet"]), LineSpec(**card["spec"])
            recognizer = cls.build(architecture, alphabet, spec, policy, objective)
            recognizer.model.load_weights(path)
        except MemoryError:
            raise
        except Exception as error:  # a damaged file can cause any error
            raise BadRun(f"{path} is a recognizer that cannot be rebuilt: {error}. Train it again.") from error
        recognizer.file = Path(path)
        return recognizer

    def export(self, folder: str | Path) -> "Exported":
        """Exports the recognizer as the next version of a SavedModel: image bytes in, text and confidence out.

        The version computes in float32 with the model's current weights. To check it, it is loaded in a new process
        without Keras and kerasrec, and must return the same texts as the recognizer and confidences within 1e-3.

        Args:
            folder: The folder of the SavedModel, such as "saved_models/lines", with a numbered folder per version.

        Raises:
            UsageError: `folder` cannot be the folder of a SavedModel.
            CannotWrite: The version cannot be written.
            ExportFailed: The outputs of the SavedModel differ from those of the recognizer; the version is removed.
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


def _count_outputs(decoding: Decoding) -> int:
    """Counts the outputs up to the last one that predicts a character."""
    return decoding.spans[-1].last + 1 if decoding.spans else 0
