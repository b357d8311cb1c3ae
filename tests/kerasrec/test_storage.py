import errno
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kerasrec.errors import CannotWrite, ServerUnavailable, UsageError
from kerasrec.storage import keep_newest, locked, remove_leftovers, scratch_folder, write_atomically, write_json

FULL = Path("/dev/full")
HOLD = """
import pathlib, sys, time
from kerasrec.storage import locked
with locked(pathlib.Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An existing file."""
    path = tmp_path / "run" / "metrics.json"
    path.parent.mkdir()
    path.write_text("old")
    return path


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Limits the size of written files in bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def assert_untouched(old: Path) -> None:
    assert old.read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def raise_no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_missing_parent_folders_are_created(tmp_path):
    path = tmp_path / "new" / "run" / "a.bin"
    write_atomically(path, lambda file: file.write_bytes(b"whole"))
    assert path.read_bytes() == b"whole"
    assert [found.name for found in path.parent.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("target", ["nowhere", "link", "file"])
def test_a_link_to_no_folder_is_named(tmp_path, target):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(CannotWrite) as caught:
        write_atomically(tmp_path / "link" / "run" / "a.bin", Path.touch)
    assert str(caught.value).startswith(f"{tmp_path}/link/run/a.bin could not be written: ")
    assert str(caught.value).endswith(
        f". {tmp_path}/link is a link to {target}, which is not a folder. Remove it, or choose another folder."
    )


def test_a_file_in_the_place_of_a_folder_is_named(old):
    with pytest.raises(CannotWrite, match=f"{old} is not a folder. Remove it, or choose another folder."):
        write_atomically(old / "a.bin", Path.touch)


def test_a_link_to_a_file_that_does_not_exist_is_replaced(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    write_atomically(tmp_path / "link", lambda file: file.write_text("new"))
    assert (tmp_path / "link").read_text() == "new"


def test_a_file_is_replaced(old):
    write_atomically(old, lambda file: file.write_text("new"))
    assert old.read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_the_old_file_stays_until_the_new_one_is_complete(old):
    seen = []

    def write(file: Path) -> None:
        file.write_text("half")
        seen.append((old.read_text(), file.parent, file.suffix))
        file.write_text("whole")

    write_atomically(old, write)
    assert seen == [("old", old.parent, ".json")]
    assert old.read_text() == "whole"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_decides_who_can_read_the_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "a", lambda file: file.write_text(""))
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("names", ["early", "late"])
def test_a_file_that_was_written_survives_a_power_loss(tmp_path, disk, names):
    write_json(tmp_path / "runs" / "a" / "metrics.json", 1)
    assert disk.after_power_loss(names) == {"runs/a/metrics.json": b"1\n"}


@pytest.mark.parametrize("names", ["early", "late"])
def test_a_power_loss_at_any_moment_leaves_the_old_or_the_new_file(old, disk, names):
    seen = []
    disk.before_change = lambda: seen.append(disk.after_power_loss(names))
    write_atomically(old, lambda file: file.write_text("new"))
    states = [*seen, disk.after_power_loss(names)]
    assert {content for state in states for content in state.values()} == {b"old", b"new"}
    assert [len(state) for state in states] == [1] * len(states)


def test_a_file_among_thousands_is_not_synced(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", raise_no_space)
    write_atomically(tmp_path / "a", lambda file: file.write_text("new"), synced=False)
    assert (tmp_path / "a").read_text() == "new"


KILLED = """
import os, signal, sys
from pathlib import Path
from kerasrec.storage import scratch_folder, write_atomically

def write(file):
    file.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

path = Path(sys.argv[1])
if sys.argv[2] == "file":
    write_atomically(path, write)
with scratch_folder(path.parent, "work") as folder:
    write(folder / "a")
"""


def kill_while_writing(path: Path, what: str) -> list[str]:
    """Kills a process that writes; returns the names that it left beside the path."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), what], check=False)
    assert done.returncode == -signal.SIGKILL
    return sorted(each.name for each in path.parent.iterdir() if each != path)


def test_the_file_of_a_killed_process_is_overwritten(old):
    assert kill_while_writing(old, "file") == [".metrics.part.json"]
    write_atomically(old, lambda file: file.write_text("n"))
    assert old.read_text() == "n"
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_what_killed_processes_left_is_removed(old):
    kill_while_writing(old, "file")
    remove_leftovers(old.parent.parent)
    assert_untouched(old)


def test_a_file_that_is_being_written_is_not_removed(old):
    def write(file: Path) -> None:
        file.write_text("new")
        remove_leftovers(old.parent)

    write_atomically(old, write)
    assert old.read_text() == "new"


def test_two_that_write_the_same_file_do_not_disturb_each_other(old):
    seen = []

    def write(file: Path) -> None:
        file.write_text("outer")
        write_atomically(old, lambda other: (seen.append(other.name), other.write_text("inner")))
        seen.append(old.read_text())

    write_atomically(old, write)
    assert (seen[1], old.read_text()) == ("inner", "outer")
    assert re.fullmatch(r"\.metrics\.part-[0-9a-f]{8}\.json", seen[0])
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_a_killed_process_leaves_no_scratch_folder_for_long(old):
    (left,) = kill_while_writing(old, "folder")
    assert left.startswith(".work-")
    with scratch_folder(old.parent, "work") as mine, scratch_folder(old.parent, "work") as another:
        assert sorted(old.parent.iterdir()) == sorted([old, mine, another])
    assert_untouched(old)


def test_exceeding_the_file_size_limit_keeps_the_old_file(old):
    with largest_file(1000), pytest.raises(CannotWrite, match=rf"{old} could not be written: File too large"):
        write_atomically(old, lambda file: file.write_bytes(bytes(5000)))
    assert_untouched(old)


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_raises_and_keeps_the_old_file(old):
    def write(file: Path) -> None:
        file.write_text("half")
        FULL.write_text("the other half")

    message = rf"{old} could not be written: No space left on device\. Check the free disk space"
    with pytest.raises(CannotWrite, match=message):
        write_atomically(old, write)
    assert_untouched(old)


@pytest.mark.parametrize("step", ["replace", "fsync", "ftruncate"])
def test_a_full_disk_at_any_step_keeps_the_old_file(step, old, monkeypatch):
    monkeypatch.setattr(os, step, raise_no_space)
    with pytest.raises(CannotWrite, match="No space left on device"):
        write_atomically(old, lambda file: file.write_text("new"))
    monkeypatch.undo()
    assert_untouched(old)


def test_a_file_in_place_of_a_parent_folder_raises(old):
    with pytest.raises(CannotWrite, match=rf"{old}/inner/a\.json could not be written: .*choose another folder"):
        write_json(old / "inner" / "a.json", 1)
    assert_untouched(old)


def test_a_folder_in_place_of_the_file_raises(old):
    with pytest.raises(CannotWrite, match=f"{old.parent} could not be written: "):
        write_json(old.parent, 1)
    assert_untouched(old)
    assert [path.name for path in old.parent.parent.iterdir()] == ["run"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_folder_that_is_not_writable_raises():
    with pytest.raises(CannotWrite, match="/proc/a.json could not be written: "):
        write_json(Path("/proc/a.json"), 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("raised by the writer")], ids=type)
def test_other_errors_are_passed_on_and_keep_the_old_file(error, old):
    def write(file: Path) -> None:
        file.write_text("half")
        raise error

    with pytest.raises(type(error)) as caught:
        write_atomically(old, write)
    assert caught.value is error
    assert_untouched(old)


def test_json_is_indented_and_keeps_every_character(tmp_path):
    write_json(tmp_path / "b.json", {"path": "caf\udce9.txt"})  # Python's form of a name that is not UTF-8
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8")) == {"path": "caf\udce9.txt"}
    write_json(tmp_path / "a.json", {"cer": 0.05, "text": "é字"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "cer": 0.05,\n  "text": "é字"\n}\n'


def test_json_survives_a_round_trip(old):
    value = {"a": [1, 2.5, None, True], "b": {"c": "\n\"'"}}
    write_json(old, value)
    assert json.loads(old.read_text(encoding="utf-8")) == value


def test_a_value_that_is_not_json_keeps_the_old_file(old):
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        write_json(old, {"a": {1}})
    assert_untouched(old)


def test_a_kerasrec_error_of_the_writer_is_passed_on(old):
    def write(path):
        raise ServerUnavailable("No server answers.")

    with pytest.raises(ServerUnavailable, match="^No server answers.$"):
        write_atomically(old, write)
    assert_untouched(old)


def test_what_was_used_longest_ago_is_removed(tmp_path):
    for number, name in enumerate(["a", "b", ".hidden", "c", "d"]):
        (tmp_path / name).mkdir()
        (tmp_path / name / "columns").write_text("")
        os.utime(tmp_path / name, (number, number))
    keep_newest(tmp_path / "a", "[!.]*", 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "a", "c", "d"]


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    with (
        locked(tmp_path / "lock", "busy"),
        pytest.raises(UsageError, match="^busy$"),
        locked(tmp_path / "lock", "busy"),
    ):
        pass
    with locked(tmp_path / "lock", "busy"):
        pass


def test_a_lock_is_free_after_a_kill(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="^busy$"), locked(tmp_path / "lock", "busy"):
            pass
        process.kill()
    with locked(tmp_path / "lock", "busy"):
        pass
