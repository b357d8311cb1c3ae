"""From a recognizer to a version of a SavedModel: written, checked, warmed up and described, or not there at all."""

from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, CannotWrite
from kerasrec.export.card import write_card
from kerasrec.export.check import Checked, check_portable, check_readings
from kerasrec.export.samples import sample_pictures
from kerasrec.export.signatures import ExportedRecognizer
from kerasrec.export.versions import new_version
from kerasrec.export.warm_up import write_warm_up
from kerasrec.images.files import ImageSource
from kerasrec.recognizer.read_images import load_line, read_images
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.run import open_recognizer

_LINES = 8  # of the samples, for the signature that takes lines


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


def export_saved_model(source: Path, folder: Path) -> Exported:
    """Exports a recognizer as the next version of a model.

    The version is loaded again in a fresh process, without Keras and kerasrec, and has to give the same texts as the
    recognizer and confidences within 1e-3.

    Args:
        source: The folder of a run, or a recognizer's `.keras` file.
        folder: That of the model, `saved_models/lines` say; versions are the numbered folders in it.

    Raises:
        BadRun: There is no recognizer in `source`.
        UsageError: `folder` cannot be that of a model.
        CannotWrite: The version cannot be written.
        ExportFailed: The SavedModel does not give what the recognizer gives. No version is left.
    """
    recognizer = open_recognizer(source)
    with new_version(folder) as version:
        _save(version, recognizer)
        checked = _check(version, recognizer)
        write_card(version, recognizer, source, checked)
        size = sum(file.stat().st_size for file in version.rglob("*") if file.is_file())
    return Exported(folder / version.name, size, checked)


def _save(version: Path, recognizer: Recognizer) -> None:
    exported = ExportedRecognizer(recognizer)
    signatures = exported.signatures()
    try:
        tf.saved_model.save(exported, str(version), signatures=signatures)
    except tf.errors.OpError as error:  # how TensorFlow tells of a full disk
        model = version.parent.parent  # the version is still in a hidden folder
        raise CannotWrite(f"{model} could not be written to: {error.message} Check the space on the disk.") from error


def _check(version: Path, recognizer: Recognizer) -> Checked:
    check_portable(version)
    pictures = sample_pictures(recognizer.alphabet)
    sources = [ImageSource(f"sample {number}", content) for number, content in enumerate(pictures, 1)]
    images, widths = recognizer.to_batch([load_line(source).line.pixels for source in sources[:_LINES]])
    write_warm_up(version, pictures, images[:, :, : widths.max()], widths)
    log_probs = recognizer.log_probs(images, widths)
    frames = recognizer.outputs(log_probs, widths)
    readings = [_expect(outcome) for _, outcome in read_images(recognizer, sources)]
    return check_readings(version, readings, log_probs, frames)


def _expect(outcome: Reading | BadImage) -> Reading:
    if isinstance(outcome, BadImage):
        raise outcome
    return outcome
