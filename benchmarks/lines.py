"""Times composing lines: kerasrec against the reference's generator, and against the speed of training."""

import itertools
import re
from collections.abc import Iterator
from functools import partial

from benchmarks.material import BATCH, REFERENCE_LINES, Material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples, rate
from benchmarks.row import Row
from benchmarks.training_speed import OWN_WIDTH, TrainingSpeed
from kerasrec.lines.batches import TrainingLines
from kerasrec.training.settings import TrainSettings

_OVER_REFERENCE, _OVER_TRAINING = 10, 20
_BURST = 32
"""Number of batches composed in one timing, large enough that prefetched batches hardly matter."""


class LineSpeed:
    """Times composing lines as in the reference and in kerasrec's default settings, with and without augmentation."""

    def __init__(self, material: Material, peers: Peers, plan: Plan, training: TrainingSpeed | None) -> None:
        """Opens the streams; `training` has the speed of training, if that is timed too."""
        self.material, self.peers, self.plan, self.training = material, peers, plan, training
        own, reference = material.settings(), material.settings(spec=REFERENCE_LINES, batch_size=BATCH)
        self.streams = {
            "896 px": self._open(reference, 0.0),
            "896 px, augmented": self._open(reference, reference.augment),
            "own width": self._open(own, 0.0),
            "own width, augmented": self._open(own, own.augment),
        }
        self.samples = Samples()

    def _open(self, settings: TrainSettings, augment: float) -> tuple[Iterator[object], int]:
        composer = self.material.with_settings(self.material.settings(spec=settings.spec, augment=augment)).train()
        return iter(TrainingLines(composer, settings.batch_size).open()), settings.batch_size

    def round(self) -> None:
        """Times the reference's generator, then the streams."""
        if self.peers.version:
            arguments = [str(path) for path in self.material.peer_glyphs_and_text]
            printed = self.peers.run("lab_lines.py", *arguments, "--lines", str(self.plan.peer_lines))
            for speed in re.findall(r"([\d.]+) lines/s", printed):
                self.samples.add(float(speed), "peer")
        for name, (stream, size) in self.streams.items():
            take_burst(stream)
            self.samples.add(rate(partial(take_burst, stream), _BURST * size, self.plan.seconds / 2), name)

    def rows(self) -> list[Row]:
        """One row for each stream, and two rows that compare with the speed of training."""
        peer = self.samples.median("peer")
        rows = [
            Row(
                f"composing, {name}",
                "lines/s",
                self._speed(name),
                peer=peer,
                peer_name="lab_lines.py",
                least_ratio=target,
            )
            for name, target in zip(self.streams, (_OVER_REFERENCE, None, None, None), strict=True)
        ]
        if self.training:
            for name, model in (("896 px", "line_cnn"), ("own width, augmented", OWN_WIDTH)):
                consumed, ours = self.training.consumed(model), self._speed(name)
                target = {"peer": consumed, "peer_name": f"training {model}", "least_ratio": _OVER_TRAINING}
                rows.append(Row(f"composing, {name}", "lines/s", ours, **target))
        return rows

    def _speed(self, name: str) -> float:
        return self.samples.median(name) or 0.0


def take_burst(stream: Iterator[object]) -> None:
    """Takes the next batches and discards them."""
    for _ in itertools.islice(stream, _BURST):
        pass
