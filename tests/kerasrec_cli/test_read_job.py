"""`kerasrec read` to a Parquet file or JSON lines: jobs that continue after a kill, here and on Ray."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from kerasrec_cli import read_job

LINE = Path(__file__).resolve().parents[2] / "docs" / "lines" / "line3.jpg"
WIDTHS = {"a1": 60, "a2": 90, "a10": 120, "b": 150}

KILLED = """
import os, sys
from kerasrec.bulk import job
from kerasrec_cli import main, read_job

def killed(function, calls):
    def call(*arguments):
        if not calls:
            os.kill(os.getpid(), 9)
        calls.pop()
        return function(*arguments)
    return call

read_job.CHUNK = 1
moment = sys.argv.pop(1)
if moment == "before a part":
    job.write_part = killed(job.write_part, [1, 2])
elif moment == "before the end":
    job.combine_parts = killed(job.combine_parts, [])
elif moment == "after the output":
    job.os.replace = killed(os.replace, [1] * 7)  # the manifest, the parts, the output
main.run()
"""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(read_job, "CHUNK", 2)


@pytest.fixture
def lines(tmp_path) -> Path:
    """A folder of the beginnings of a line: four pictures, and a file that is none."""
    folder = tmp_path / "lines"
    folder.mkdir()
    with Image.open(LINE) as image:
        scaled = image.convert("L").resize((image.width * 28 // image.height, 28))
        for name, width in WIDTHS.items():
            scaled.crop((0, 0, width, 28)).save(folder / f"{name}.png")
    (folder / "c.png").write_bytes(b"no image")
    return folder


def run_alone(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)


def test_a_job_writes_what_the_command_prints_and_errors_as_rows(kerasrec, lines, tmp_path):
    printed = kerasrec("read", "handwriting", lines, "--format", "jsonl").stdout
    jsonl, parquet = tmp_path / "out.jsonl", tmp_path / "out.parquet"
    for out in (jsonl, parquet):
        result = kerasrec("read", "handwriting", lines, "--out", out)
        assert result.exit_code == 0
        assert result.stdout == f"Lines: 5, with errors: 1, written to {out}.\n"
        assert result.stderr.splitlines()[-1].startswith("3 of 3 parts, ")
    *read, bad = jsonl.read_text(encoding="utf-8").splitlines(keepends=True)
    assert "".join(read) == printed
    assert list(json.loads(bad)) == ["path", "error"]
    rows = pyarrow.parquet.read_table(parquet).to_pylist()
    assert [{name: value for name, value in row.items() if value is not None} for row in rows] == [
        json.loads(line) for line in (*read, bad)
    ]
    assert [Path(row["path"]).stem for row in rows] == [*WIDTHS, "c"]
    assert rows[-1]["text"] is None and "c.png is not an image" in rows[-1]["error"]
    assert any(row["characters"] for row in rows)
    assert sorted(os.listdir(tmp_path)) == ["lines", "out.jsonl", "out.parquet"]


@pytest.mark.parametrize("moment", ["before a part", "before the end", "after the output"])
def test_a_killed_job_goes_on_as_if_nothing_had_happened(kerasrec, lines, tmp_path, monkeypatch, moment):
    monkeypatch.setattr(read_job, "CHUNK", 1)
    whole, killed = tmp_path / "whole.parquet", tmp_path / "killed.parquet"
    kerasrec("read", "handwriting", lines, "--out", whole)
    done = run_alone(KILLED, moment, "read", "handwriting", lines, "--out", killed)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert killed.exists() == (moment == "after the output")
    kept = 2 if moment == "before a part" else 5
    for name in list(WIDTHS)[:kept]:
        (lines / f"{name}.png").write_bytes(b"not read again")
    result = kerasrec("read", "handwriting", lines, "--out", killed)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"Continues: {kept} of 5 parts were read before.\n")
    assert killed.read_bytes() == whole.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["killed.parquet", "lines", "whole.parquet"]


def test_ctrl_c_keeps_what_was_read(kerasrec, lines, tmp_path, monkeypatch):
    from kerasrec.bulk import runners

    def interrupt(*arguments):
        raise KeyboardInterrupt

    out = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(runners, "read_chunk", interrupt)
        result = kerasrec("read", "handwriting", lines, "--out", out)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == f"Interrupted. The same command continues: {out}.parts has what was read.\n"
    assert kerasrec("read", "handwriting", lines, "--out", out).exit_code == 0


def readings(file: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(Path(row["path"]).name, row.get("text", "none")) for row in rows]


def test_tables_and_urls_name_the_same_pictures(kerasrec, lines, tmp_path):
    files = [lines / f"{name}.png" for name in [*WIDTHS, "c"]]
    names, contents = [f"lines/{file.name}" for file in files], [file.read_bytes() for file in files]
    with (tmp_path / "paths.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["image", "page"], *([name, 1] for name in names)])
    structs = [{"bytes": content, "path": name} for name, content in zip(names, contents, strict=True)]
    for name, columns in {
        "bytes": {"name": names, "image": contents},
        "structs": {"image": structs},
        "strings": {"image": names},
    }.items():
        pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / f"{name}.parquet", row_group_size=2)
    expected = None
    for argument in ("paths.csv", "bytes.parquet", "structs.parquet", "strings.parquet", "lines/**/*.png"):
        out = tmp_path / f"{argument.partition('.')[0].replace('/', '')}.jsonl"
        for start in ("", "file://") if argument.startswith("lines") else ("",):
            out.unlink(missing_ok=True)
            result = kerasrec("read", "handwriting", f"{start}{tmp_path}/{argument}", "--out", out)
            assert result.exit_code == 0, result.output
            expected = expected or readings(out)
            assert readings(out) == expected
    assert [name for name, _ in expected] == [file.name for file in files]
    assert len({text for _, text in expected}) > 2


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (
            ["{lines}", "--runner", "local"],
            2,
            "--runner needs --out FILE with one of .parquet, .jsonl, but received noth",
        ),
        (["{lines}", "--runner", "ray", "--out", "a.txt"], 2, "but received a.txt"),
        (["{lines}", "--out", "{lines}/a.parquet", "--format", "csv"], 2, "--format has no effect on a job"),
        (["{lines}", "--out", "{lines}/a.parquet", "--explain", "b"], 2, "--explain has no effect on a job"),
        (["{lines}", "--out", "{lines}/no/a.parquet"], 2, "The folder {lines}/no of a.parquet does not exist."),
        (["{lines}/*.jpg", "--out", "{lines}/a.parquet"], 2, "*.jpg matches no images"),
        (["file://{lines}/*.jpg", "--out", "{lines}/a.parquet"], 2, "*.jpg matches no images"),
        (["-", "--out", "{lines}/a.parquet"], 2, "A job reads files, so that it can be continued, but received -."),
        (["{lines}/no.csv", "--out", "{lines}/a.parquet"], 2, "no.csv does not exist."),
        (["{lines}/t.csv", "--out", "{lines}/a.parquet"], 2, "has no column 'image', but has 'file', 'text'."),
        (["{lines}/t.csv", "--column", "file", "--out", "{lines}/a.parquet"], 2, "has no path in row 2."),
        (["{lines}/c.parquet", "--out", "{lines}/a.parquet"], 2, "c.parquet is not a Parquet file"),
        (["no://b/a.png", "--out", "{lines}/a.parquet"], 2, "no://b/a.png cannot be opened: Protocol not known: no."),
        (["{lines}/t.csv"], 2, "t.csv is a table, which only a job reads. Add --out FILE.parquet, or FILE.jsonl."),
        (["{lines}", "--column", "file"], 2, "--column has an effect only on tables in a job."),
        (["{lines}/c.png", "--out", "{lines}/a.parquet"], 1, "Lines: 1, with errors: 1"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, lines, arguments, code, text):
    (lines / "t.csv").write_text("file,text\na1.png,a\n,b\n", encoding="utf-8")
    shutil.copy(lines / "c.png", lines / "c.parquet")
    result = kerasrec("read", "handwriting", *(each.format(lines=lines) for each in arguments))
    assert result.exit_code == code, result.output
    assert text.format(lines=lines) in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_job_does_not_go_on_with_something_else(kerasrec, lines, tmp_path, monkeypatch):
    out = tmp_path / "out.parquet"
    assert run_alone(KILLED, "before a part", "read", "handwriting", lines, "--out", out).returncode < 0
    monkeypatch.setattr(read_job, "CHUNK", 1)
    result = kerasrec("read", "handwriting", lines, "--out", out, "--beam", 4)
    assert result.exit_code == 2
    assert f"{out}.parts was started with --beam 0, but is continued with --beam 4." in result.stderr
    (lines / "b.png").unlink()
    result = kerasrec("read", "handwriting", lines, "--out", out)
    assert result.exit_code == 2
    assert "was started with 5 images of digest" in result.stderr
    shutil.rmtree(f"{out}.parts")
    assert kerasrec("read", "handwriting", lines, "--out", out).exit_code == 0
    result = kerasrec("read", "handwriting", lines, "--out", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{out} exists already. Remove it to read everything again" in result.stderr


def test_without_ray_its_installation_is_named(kerasrec, lines, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    result = kerasrec("read", "handwriting", lines, "--out", tmp_path / "out.parquet", "--runner", "ray")
    assert result.exit_code == 2
    assert result.stderr == "Error: --runner ray needs Ray. Install it with: pip install 'kerasrec[ray]'\n"


needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray, which is not installed: kerasrec[ray]")


@needs_ray
def test_a_dead_cluster_is_named(lines, tmp_path):
    arguments = ("read", "handwriting", lines, "--out", tmp_path / "out.parquet", "--runner", "ray")
    done = run_alone(KILLED, "never", *arguments, RAY_ADDRESS="127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: No Ray cluster could be used at 127.0.0.1:1 ([Errno 111] Connection refused)")


@needs_ray
def test_ray_reads_the_same(kerasrec, lines, tmp_path):
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    kerasrec("read", "handwriting", lines, "--out", here)
    done = run_alone(KILLED, "never", "read", "handwriting", lines, "--out", there, "--runner", "ray")
    assert (done.returncode, done.stdout) == (0, f"Lines: 5, with errors: 1, written to {there}.\n"), done.stderr
    assert pyarrow.parquet.read_table(there) == pyarrow.parquet.read_table(here)
