"""Starts a training from the weights of another recognizer, whose alphabet may differ, and freezes layers."""

from pathlib import Path

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras
from kerasrec.errors import BadRun, UsageError
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.settings import TrainSettings


def start(recognizer: Recognizer, settings: TrainSettings, has_weights: bool = False) -> None:
    """Copies the weights to start from into a new recognizer, and freezes layers, if the settings say so.

    Args:
        recognizer: The new recognizer.
        settings: The settings of the run.
        has_weights: Whether it gets its weights otherwise, such as from a checkpoint.
    """
    if settings.start_from and not has_weights:
        copy_weights(Path(settings.start_from), recognizer)
    if settings.freeze:
        freeze(recognizer.model, settings.freeze)


def copy_weights(file: Path, recognizer: Recognizer) -> None:
    """Copies the weights of another recognizer of the same architecture.

    Where weights belong to a character, such as those of the last layer, a character keeps its weights, and new
    characters keep those that were drawn for them.

    Args:
        file: The file of the other recognizer.
        recognizer: The recognizer whose weights are replaced.

    Raises:
        BadRun: The file is damaged, or holds another architecture.
    """
    other = Recognizer.load(file)
    pairs = list(zip(other.model.weights, recognizer.model.weights, _class_axes(recognizer), strict=False))
    if len(other.model.weights) != len(recognizer.model.weights):
        raise BadRun(f"{file} has {len(other.model.weights)} weights, not {len(recognizer.model.weights)}.")
    known, new = _matching_tokens(other.alphabet, recognizer.alphabet)
    for source, target, axes in pairs:
        values, drawn = np.array(source), np.array(target)
        if axes:
            for axis in axes:
                values = _move_classes(values, drawn, axis, known, new, len(other.alphabet), len(recognizer.alphabet))
        if values.shape != drawn.shape:
            raise BadRun(f"{file} has {source.path} of shape {source.shape}, but this model's is {target.shape}.")
        target.assign(values)


def freeze(model: keras.Model, layers: str) -> None:
    """Freezes layers, so that training leaves their weights unchanged.

    Args:
        model: The model of a recognizer.
        layers: "convolutions" for all two-dimensional convolutions, or the number of layers with weights from the
            input.

    Raises:
        UsageError: Nothing would be frozen, or nothing would be left to train.
    """
    weighted = [layer for layer in model.layers if layer.weights]
    if layers == "convolutions":
        frozen = [layer for layer in weighted if isinstance(layer, keras.layers.Conv2D)]
    else:
        frozen = weighted[: int(layers)]
    if not frozen or len(frozen) == len(weighted):
        raise UsageError(
            f"--freeze {layers} leaves {len(weighted) - len(frozen)} of {len(weighted)} layers to train. Give "
            f"convolutions, or a number from 1 to {len(weighted) - 1}."
        )
    for layer in frozen:
        layer.trainable = False


def _class_axes(recognizer: Recognizer) -> list[list[int]]:
    """The axes of each weight that grow with the alphabet: found by building the model with one more token."""
    larger = recognizer.architecture.build(len(recognizer.alphabet) + 1)
    return [
        [axis for axis, (one, other) in enumerate(zip(a.shape, b.shape, strict=True)) if one != other]
        for a, b in zip(recognizer.model.weights, larger.weights, strict=True)
    ]


def _matching_tokens(old: Alphabet, new: Alphabet) -> tuple[np.ndarray, np.ndarray]:
    """The ids in both alphabets of the tokens that both have."""
    ids = {token: number for number, token in enumerate(new.tokens)}
    pairs = [(number, ids[token]) for number, token in enumerate(old.tokens) if token in ids]
    known, kept = zip(*pairs, strict=True)
    return np.array(known), np.array(kept)


def _move_classes(
    values: np.ndarray, drawn: np.ndarray, axis: int, known: np.ndarray, new: np.ndarray, old_count: int, count: int
) -> np.ndarray:
    """Moves what belongs to a class to its new place along an axis, which may repeat the classes several times."""
    values, result = np.moveaxis(values, axis, -1), np.moveaxis(drawn, axis, -1).copy()
    if values.shape[:-1] != result.shape[:-1]:
        return np.moveaxis(values, -1, axis)
    old = values.reshape(*values.shape[:-1], -1, old_count)
    shape = result.shape
    result = result.reshape(*shape[:-1], -1, count)
    result[..., new] = old[..., known]
    return np.moveaxis(result.reshape(shape), -1, axis)
