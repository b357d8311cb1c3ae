"""From a recognizer to a version of a SavedModel: written, checked, warmed up and described, or not there at all."""

from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from kerasrec.errors import CannotWrite
from kerasrec.export.card import write_card
from kerasrec.export.check import Checked, check_portable, check_readings
from kerasrec.export.parts import Parts, Samples
from kerasrec.export.signatures import ExportedRecognizer
from kerasrec.export.versions import new_version
from kerasrec.export.warm_up import write_warm_up


@dataclass(frozen=True)
class Exported:
    """A version that was made.

    Attributes:
        version: Its folder.
        size: Of all of its files, in bytes.
        checked: What its check found.
    """

    version: Path
    size: int
    checked: Checked


def export_saved_model(parts: Parts, samples: Samples, folder: Path) -> Exported:
    """Exports a recognizer as the next version of a model.

    The version is loaded again in a fresh process, without Keras and kerasrec, and has to give the same texts as the
    recognizer and confidences within 1e-3.

    Args:
        parts: Of the recognizer.
        samples: What it reads.
        folder: That of the model, `saved_models/lines` say; versions are the numbered folders in it.

    Raises:
        UsageError: `folder` cannot be that of a model.
        CannotWrite: The version cannot be written.
        ExportFailed: The SavedModel does not give what the recognizer gives. No version is left.
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
    except tf.errors.OpError as error:  # how TensorFlow tells of a full disk
        model = version.parent.parent  # the version is still in a hidden folder
        raise CannotWrite(f"{model} could not be written to: {error.message} Check the space on the disk.") from error
