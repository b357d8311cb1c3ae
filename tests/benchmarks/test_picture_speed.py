from pathlib import Path

import numpy as np

from benchmarks.picture_speed import PICTURES, RECOGNIZER, make_steps
from kerasrec.images.loading import load_image
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.weights import find_onnx_file


class Recording(PortableRecognizer):
    """Notes which parts of reading were called."""

    def make_line(self, grey, ink="auto"):
        self.called.append(("make_line", grey.shape))
        return super().make_line(grey, ink)

    def log_probs(self, images, widths):
        self.called.append(("log_probs", len(images)))
        return super().log_probs(images, widths)

    def decode(self, log_probs, *arguments):
        self.called.append(("decode", len(log_probs)))
        return super().decode(log_probs, *arguments)


def test_all_of_reading_is_its_three_parts_one_picture_at_a_time():
    reader = Recording.load(find_onnx_file(Path(RECOGNIZER)))
    reader.called = []
    pictures = [load_image(file, "") for file in PICTURES[:2]]
    steps = make_steps(reader, pictures)
    called = {}
    for part, step in steps.items():
        reader.called = []
        step()
        called[part] = sorted(reader.called)
    whole, line, model, decoding = called.values()
    assert line == sorted(("make_line", np.shape(picture)) for picture in pictures)
    assert (model, decoding) == ([("log_probs", 1)] * 2, [("decode", 1)] * 2)
    assert whole == sorted([*line, *model, *decoding])
