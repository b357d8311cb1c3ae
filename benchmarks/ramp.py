"""Times how a training gets up to speed: every new width of a batch has to be prepared once."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.material import Material
from benchmarks.plan import Plan, Samples
from benchmarks.precision import automatic
from benchmarks.row import Row

_MOMENTS = (10, 30, 60)  # seconds


class Step(NamedTuple):
    """A training step.

    Attributes:
        end: The seconds from the start of the training to the end of the step.
        lines: The number of lines.
        width: Their width in pixels.
    """

    end: float
    lines: int
    width: int


class Ramp:
    """Times the first minute of a training in a fresh process, once in each round."""

    def __init__(self, material: Material, plan: Plan) -> None:
        self.material, self.plan = material, plan
        self.moments = [moment for moment in _MOMENTS if moment <= plan.ramp_seconds]
        self.samples = Samples()

    def round(self) -> None:
        """Trains for a minute."""
        steps = self._train()
        steady = steady_speed(steps)
        if steady:
            self.samples.add(steady, "steady")
        self.samples.add(preparation(steps, steady), "preparation")
        self.samples.add(len({step.width for step in steps}), "widths")
        for moment in self.moments:
            self.samples.add(speed_until(steps, moment), moment)

    def rows(self) -> list[Row]:
        """A row for each moment, compared with the speed at widths that are prepared, and one for the preparation."""
        steady, name = self.samples.median("steady"), f"TensorFlow {automatic()}"
        rows = [
            Row(
                f"training line_resnet, own width, first {moment} s",
                "lines/s",
                self.samples.median(moment) or 0.0,
                name,
                peer=steady,
                peer_name=f"prepared, {name}",
            )
            for moment in self.moments
        ]
        what = f"preparing {self.samples.median('widths') or 0:g} widths in that time"
        return [*rows, Row(what, "s", self.samples.median("preparation") or 0.0, name)]

    def _train(self) -> list[Step]:
        settings = self.material.settings()
        arguments = [settings.glyphs, settings.text, str(self.material.data_dir.resolve()), str(self.plan.ramp_seconds)]
        root = Path(__file__).resolve().parents[1]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.first_batches", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=root,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},  # as in this process
        )
        return [Step(*json.loads(line)) for line in done.stdout.splitlines()]


def speed_until(steps: Sequence[Step], moment: float) -> float:
    """Returns the lines per second up to a moment; the step that is then running counts by its finished share."""
    lines, start = 0.0, 0.0
    for step in steps:
        if step.end > moment:
            lines += step.lines * (moment - start) / (step.end - start)
            break
        lines, start = lines + step.lines, step.end
    return lines / moment


def steady_speed(steps: Sequence[Step]) -> float:
    """Returns the lines per second of the steps whose width an earlier step had; 0 if there is none."""
    repeated = [(step.lines, seconds) for step, seconds, is_new in _timed(steps) if not is_new]
    return sum(lines for lines, _ in repeated) / sum(seconds for _, seconds in repeated) if repeated else 0.0


def preparation(steps: Sequence[Step], steady: float) -> float:
    """Returns the seconds that the steps with new widths took longer than at the steady speed."""
    new = [(step.lines, seconds) for step, seconds, is_new in _timed(steps) if is_new]
    return sum(seconds - (lines / steady if steady else 0.0) for lines, seconds in new)


def _timed(steps: Sequence[Step]) -> list[tuple[Step, float, bool]]:
    """Returns each step with its seconds, and whether its width is new."""
    ends = [0.0, *(step.end for step in steps)]
    widths = [step.width for step in steps]
    return [(step, step.end - ends[i], step.width not in widths[:i]) for i, step in enumerate(steps)]
