"""Runs the benchmarks in rounds."""

import sys
import time
from collections.abc import Collection
from pathlib import Path

from benchmarks.ctc import CTCSpeed
from benchmarks.lines import LineSpeed
from benchmarks.machine import describe_machine
from benchmarks.material import Material, open_material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Subject
from benchmarks.precision import peer_precisions
from benchmarks.reading_speed import ReadingSpeed
from benchmarks.report import Report
from benchmarks.startup import Startup
from benchmarks.torch_speed import TorchSpeed
from benchmarks.training_speed import TrainingSpeed


def measure(names: Collection[str], plan: Plan, peers: Peers, data_dir: Path) -> Report:
    """Runs the named benchmarks; each round times every benchmark once, the peers together with kerasrec."""
    started, machine = time.perf_counter(), describe_machine()
    with open_material(data_dir) as material:
        machine["lines"] = f"{material.splits.bank.name} glyphs, {material.splits.corpus.name} text"
        machine["peers"] = f"PyTorch {peers.version or '-'}, in {' and '.join(peer_precisions())}"
        _report_progress("compiling and warming up ...")
        subjects = open_subjects(names, material, peers, plan)
        for number in range(1, plan.rounds + 1):
            for subject in subjects:
                _report_progress(f"round {number} of {plan.rounds}: {type(subject).__name__} ...")
                subject.round()
        rows = [row for subject in subjects for row in subject.rows()]
    return Report(machine, rows, plan.rounds, time.perf_counter() - started, peers.notes)


def open_subjects(names: Collection[str], material: Material, peers: Peers, plan: Plan) -> list[Subject]:
    """Builds the named benchmarks and warms them up."""
    subjects: list[Subject] = []
    torch = TorchSpeed(material, peers, plan)
    training = TrainingSpeed(material, torch, plan) if "training" in names else None
    if "startup" in names:
        subjects.append(Startup(material, plan))
    if "lines" in names:
        subjects.append(LineSpeed(material, peers, plan, training))
    if "training" in names or "reading" in names:
        subjects.append(torch)
    if training:
        subjects.append(training)
    if "reading" in names:
        subjects.append(ReadingSpeed(material, torch, plan))
    if "ctc" in names:
        subjects.append(CTCSpeed())
    return subjects


def _report_progress(text: str) -> None:
    """Reports progress on stderr; the table goes to stdout."""
    print(text, file=sys.stderr, flush=True)
