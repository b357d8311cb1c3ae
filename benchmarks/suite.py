"""Runs the benchmarks in rounds."""

import sys
import time
from collections.abc import Collection
from pathlib import Path

from benchmarks.ctc import CTCSpeed
from benchmarks.gemm import Gemm
from benchmarks.lines import LineSpeed
from benchmarks.machine import describe_machine
from benchmarks.material import Material, open_material
from benchmarks.peers import Peers
from benchmarks.picture_speed import PictureSpeed
from benchmarks.plan import Plan, Subject
from benchmarks.precision import automatic
from benchmarks.ramp import Ramp
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
        machine["PyTorch"] = peers.version or "-"
        machine["precision auto"] = automatic()
        _report_progress("compiling and warming up ...")
        subjects = open_subjects(names, material, peers, plan)
        for number in range(1, plan.rounds + 1):
            for name, subject in subjects.items():
                _report_progress(f"{time.perf_counter() - started:.0f} s: round {number} of {plan.rounds}: {name} ...")
                subject.round()
        tables = {name: rows for name, subject in subjects.items() if (rows := subject.rows())}
    return Report(machine, tables, plan.rounds, time.perf_counter() - started, peers.notes)


def open_subjects(names: Collection[str], material: Material, peers: Peers, plan: Plan) -> dict[str, Subject]:
    """Builds the named benchmarks, and those that they depend on, and warms them up."""
    subjects: dict[str, Subject] = {}
    training = None
    if "training" in names or "reading" in names:
        subjects["gemm"] = gemm = Gemm(peers, plan)
        subjects["PyTorch"] = torch = TorchSpeed(material, peers, plan, gemm)
        if "training" in names:
            subjects["training"] = training = TrainingSpeed(material, torch, plan, gemm)
        if "reading" in names:
            subjects["reading"] = ReadingSpeed(material, torch, plan, gemm)
    if "first" in names:
        subjects["first"] = Ramp(material, plan)
    if "picture" in names:
        subjects["picture"] = PictureSpeed(plan)
    if "startup" in names:
        subjects["startup"] = Startup(material, plan)
    if "lines" in names:
        subjects["lines"] = LineSpeed(material, peers, plan, training)
    if "ctc" in names:
        subjects["ctc"] = CTCSpeed()
    return subjects


def _report_progress(text: str) -> None:
    """Reports progress on stderr; the tables go to stdout."""
    print(text, file=sys.stderr, flush=True)
