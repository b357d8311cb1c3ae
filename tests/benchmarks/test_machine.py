from benchmarks.machine import describe_machine, read_cpuinfo

CPUINFO = """processor\t: 0
model name\t: Some CPU @ 2.00GHz
flags\t\t: fpu avx512f avx512_bf16 amx_bf16

processor\t: 1
model name\t: Some CPU @ 2.00GHz
flags\t\t: fpu avx512f avx512_bf16 amx_bf16
"""


def test_the_processor_and_its_flags_are_read():
    assert read_cpuinfo(CPUINFO) == ("Some CPU @ 2.00GHz", {"fpu", "avx512f", "avx512_bf16", "amx_bf16"})


def test_instructions_for_matrix_products_are_listed(tmp_path):
    (tmp_path / "cpuinfo").write_text(CPUINFO.replace(" amx_bf16", ""))
    machine = describe_machine(tmp_path / "cpuinfo")
    assert machine["processor"].startswith("Some CPU @ 2.00GHz, ")
    assert machine["instructions"] == "AMX no, AVX512-BF16 yes, AVX-512 yes"


def test_a_system_without_cpuinfo_has_a_processor_name_too(tmp_path):
    machine = describe_machine(tmp_path / "missing")
    assert not machine["processor"].startswith(",")
    assert machine["instructions"] == "AMX no, AVX512-BF16 no, AVX-512 no"
