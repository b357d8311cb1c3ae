"""Times `kerasrec read` once it has started: one picture at a time, from grey pixels to the text."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.plan import Plan, Samples, rate, warm_up
from benchmarks.precision import automatic
from benchmarks.reading_speed import ONNX, TENSORFLOW
from benchmarks.row import Row
from kerasrec.errors import BadRun
from kerasrec.images.loading import load_image
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.settings import PRECISIONS
from kerasrec.weights import find_file, find_onnx_file

RECOGNIZER = Path("handwriting")
"""The recognizer that comes with the package."""

PICTURES = sorted((Path(__file__).resolve().parents[1] / "docs" / "lines").glob("*.jpg"))

_LEAST_PASSES = 5


class PictureSpeed:
    """Times each engine of `kerasrec read` on the pictures of docs/lines: the whole, and its three parts."""

    def __init__(self, plan: Plan) -> None:
        """Opens the recognizer of the package with every engine and warms them up."""
        self.plan = plan
        pictures = [load_image(file, str(file)) for file in PICTURES]
        self.steps = {
            (engine, part): step
            for engine, reader in open_readers().items()
            for part, step in make_steps(reader, pictures).items()
        }
        self.pictures = len(pictures)
        warm_up(self.steps.values(), max(2, plan.warm_ups))
        self.samples = Samples()

    def round(self) -> None:
        """Times every engine and part, in milliseconds per picture."""
        for name, step in self.steps.items():
            speed = rate(step, self.pictures, self.plan.seconds / 2, least=_LEAST_PASSES)
            self.samples.add(1000 / speed, *name)

    def rows(self) -> list[Row]:
        """A row for each engine and part."""
        return [
            Row(part, "ms", self.samples.median(engine, part) or 0.0, ours_name=engine) for engine, part in self.steps
        ]


def open_readers() -> dict[str, LineReader]:
    """Opens the recognizer of the package in ONNX Runtime, and in TensorFlow in float32 and the automatic precision."""
    file, onnx_file = find_file(RECOGNIZER), find_onnx_file(RECOGNIZER)
    if file is None or onnx_file is None:
        raise BadRun(f"{RECOGNIZER} needs its .keras and .onnx files, but one is missing. Install the package again.")
    precisions = dict.fromkeys(("float32", automatic()))
    in_tensorflow = {f"{TENSORFLOW} {each}": Recognizer.load(file, PRECISIONS[each]) for each in precisions}
    return {f"{ONNX} float32": PortableRecognizer.load(onnx_file), **in_tensorflow}


def make_steps(reader: LineReader, pictures: Sequence[np.ndarray]) -> dict[str, Callable[[], object]]:
    """Returns the steps of reading pictures (H, W) uint8 one at a time: all of it, and each part by itself."""
    lines = [reader.make_line(picture).pixels for picture in pictures]
    batches = [reader.to_batch([line]) for line in lines]
    computed = [(reader.log_probs(*batch), batch[1]) for batch in batches]
    return {
        "from a picture to its text": partial(for_each, reader.read, [(picture,) for picture in pictures]),
        "... from the picture to the line": partial(for_each, reader.make_line, [(picture,) for picture in pictures]),
        "... the model": partial(for_each, reader.log_probs, batches),
        "... decoding": partial(for_each, reader.decode, computed),
    }


def for_each(step: Callable[..., object], arguments: Sequence[Sequence[object]]) -> None:
    """Calls a function once for each tuple of arguments."""
    for each in arguments:
        step(*each)
