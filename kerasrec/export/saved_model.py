"""Exports a recognizer as a version of a SavedModel, with warm-up records and a model card, and checks it."""

from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from kerasrec.errors import CannotWrite, plain_reason
from kerasrec.export.card import write_card
from kerasrec.export.check import Checked, check_portable, check_readings
from kerasrec.export.parts import Parts, Samples
from kerasrec.export.signatures import ExportedRecognizer
from kerasrec.export.versions import new_version
from kerasrec.export.warm_up import write_warm_up


@dataclass(frozen=True)
class Exported:
    """An exported version.

    Attributes:
        version: The version's folder.
        size: The size of all its files in bytes.
        checked: The result of its check.
    """

    version: Path
    size: int
    checked: Checked


def export_saved_model(parts: Parts, samples: Samples, folder: Path) -> Exported:
    """Exports a recognizer as the next version of a model.

    The version is loaded again in a new process, without Keras and kerasrec, and must return the same texts as the
    recognizer and confidences within 1e-3.

    Args:
        parts: The parts of the recognizer.
        samples: Sample images with the recognizer's results.
        folder: The model's folder, for example `saved_models/lines`; its numbered folders are the versions.

    Raises:
        UsageError: `folder` cannot be a model's folder.
        CannotWrite: The version cannot be written.
        ExportFailed: The SavedModel does not return what the recognizer returns. No version remains.
    """
    with new_version(folder) as version:
        _save(version, parts)
        check_portable(version)
        write_warm_up(version, samples.pictures, samples.images, samples.widths)
        checked = check_readings(version, samples.readings, samples.log_probs, samples.frames)
        write_card(version, parts, checked)
        size = sum(file.stat().st_size for file in version.rglob("*") if file.is_file())
    return Exported(folder / version.name, size, checked)


def _save(version: Path, parts: Parts) -> None:
    exported = ExportedRecognizer(parts)
    signatures = exported.signatures()
    try:
        tf.saved_model.save(exported, str(version), signatures=signatures)
    except tf.errors.OpError as error:  # how TensorFlow reports a full disk
        model = version.parent.parent  # the version is still in a hidden folder
        reason = plain_reason(error.message).rstrip(".")
        raise CannotWrite(f"{model} could not be written to: {reason}. Check the free disk space.") from error
