"""`python -m benchmarks.first_batches GLYPHS TEXT DATA_DIR SECONDS`: times each of the first batches of a training.

It prints one JSON list for each batch: the seconds since the start, the number of lines and their width in pixels.
"""

import json
import sys
import time
from pathlib import Path

from kerasrec_cli import quiet


def main(glyphs: str, text: str, data_dir: str, seconds: str) -> None:
    """Trains the default model for that time, with the settings of `kerasrec train`."""
    quiet.configure()
    quiet.start_tensorflow()
    from benchmarks.precision import automatic
    from kerasrec.training.architecture import build_architecture
    from kerasrec.training.composed_splits import ComposedSplits
    from kerasrec.training.loop import build_recognizer, training_batches, training_model
    from kerasrec.training.settings import PRECISIONS, TrainSettings

    settings = TrainSettings(glyphs=glyphs, text=text)
    splits, architecture = ComposedSplits.load(settings, Path(data_dir)), build_architecture(settings)
    model = training_model(build_recognizer(settings, architecture, splits.alphabet, PRECISIONS[automatic()]), settings)
    start = time.perf_counter()
    for batch in training_batches(settings, splits.train(), architecture.margin):
        model.train_on_batch(batch)
        lines, _, width, _ = batch["images"].shape
        elapsed = time.perf_counter() - start
        print(json.dumps([elapsed, lines, width]), flush=True)
        if elapsed >= float(seconds):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
