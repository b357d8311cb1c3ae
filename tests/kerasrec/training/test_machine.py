import os
import platform

from kerasrec.training.machine import describe_machine, usable_cores


def test_the_processor_has_its_name_on_linux(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: A Fast One @ 2 GHz\nflags\t: fpu\n\nmodel name\t: Another\n")
    assert describe_machine(cpuinfo) == f"A Fast One @ 2 GHz, {usable_cores()} cores, {platform.system()}"


def test_elsewhere_it_has_its_kind(tmp_path):
    processor = platform.processor() or platform.machine()
    assert describe_machine(tmp_path / "nothing").startswith(f"{processor}, ")


def test_the_cores_are_those_that_may_be_used():
    assert 1 <= usable_cores() <= os.cpu_count()
