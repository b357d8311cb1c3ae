import os
import signal

import pytest

from kerasrec.errors import CannotWrite, UsageError
from kerasrec.export.versions import find_versions, new_version


def fill(folder, content="graph"):
    with new_version(folder) as version:
        (version / "saved_model.pb").write_text(content)


def test_versions_start_at_one(tmp_path):
    fill(tmp_path / "lines")
    fill(tmp_path / "lines")
    assert find_versions(tmp_path / "lines") == [1, 2]
    assert (tmp_path / "lines" / "2" / "saved_model.pb").read_text() == "graph"


def test_the_next_version_follows_the_greatest(tmp_path):
    for name in ("2", "0010", "notes", "3.bak", "-4"):
        (tmp_path / name).mkdir()
    (tmp_path / "99").write_text("a file is not a version")
    assert find_versions(tmp_path) == [2, 10]
    with new_version(tmp_path) as version:
        assert version.name == "11"


def test_a_missing_folder_has_no_versions(tmp_path):
    assert find_versions(tmp_path / "nowhere") == []


def test_a_version_appears_only_when_it_is_complete(tmp_path):
    with new_version(tmp_path) as version:
        (version / "a").write_text("")
        assert find_versions(tmp_path) == []
    assert find_versions(tmp_path) == [1]
    assert [child.name for child in tmp_path.iterdir()] == ["1"]


@pytest.mark.parametrize("names", ["early", "late"])
def test_a_power_loss_leaves_whole_versions(tmp_path, disk, names):
    def export(content):
        with new_version(tmp_path / "lines") as version:
            (version / "variables").mkdir()
            for name in ("saved_model.pb", "variables/data"):
                (version / name).write_text(content)
        return {f"lines/{version.name}/{name}": content.encode() for name in ("saved_model.pb", "variables/data")}

    seen = []
    first = export("old")
    assert disk.after_power_loss(names) == first
    disk.before_change = lambda: seen.append(disk.after_power_loss(names))
    both = first | export("new")
    assert all(state in (first, both) for state in seen)
    assert disk.after_power_loss(names) == both


def test_what_a_killed_export_left_is_removed(tmp_path):
    if os.fork() == 0:
        with new_version(tmp_path) as version:
            (version / "a").write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
    os.wait()
    assert [child.name[:8] for child in tmp_path.iterdir()] == [".export-"]
    fill(tmp_path)
    assert [child.name for child in tmp_path.iterdir()] == ["1"]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing(tmp_path, error):
    with pytest.raises(type(error)), new_version(tmp_path / "lines") as version:
        (version / "a").write_text("")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_earlier_versions(tmp_path):
    fill(tmp_path / "lines")
    with pytest.raises(ZeroDivisionError), new_version(tmp_path / "lines"):
        raise ZeroDivisionError
    assert [child.name for child in (tmp_path / "lines").iterdir()] == ["1"]


def test_a_version_written_in_the_meantime_is_not_replaced(tmp_path):
    with pytest.raises(CannotWrite, match=r"Another export wrote .*lines/1 meanwhile"):
        with new_version(tmp_path / "lines"):
            fill(tmp_path / "lines", "the other")
    assert (tmp_path / "lines" / "1" / "saved_model.pb").read_text() == "the other"


def test_a_version_is_readable_by_others(tmp_path):
    fill(tmp_path)
    assert (tmp_path / "1").stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask():
    old = os.umask(0)
    os.umask(old)
    return old


def test_a_file_is_not_a_model_folder(tmp_path):
    (tmp_path / "lines").write_text("")
    with (
        pytest.raises(UsageError, match="lines is a file, but a model needs a folder"),
        new_version(tmp_path / "lines"),
    ):
        pass


def test_a_version_folder_is_not_a_model_folder(tmp_path):
    with pytest.raises(UsageError, match=r"lines/3 is named like a version.*such as .*lines\."):
        with new_version(tmp_path / "lines" / "3"):
            pass


@pytest.mark.parametrize(("file", "what"), [("settings.json", "a run"), ("saved_model.pb", "a SavedModel itself")])
def test_a_run_or_saved_model_is_not_a_model_folder(tmp_path, file, what):
    (tmp_path / file).write_text("")
    with pytest.raises(UsageError, match=f"is {what}, not the folder of a model's versions"), new_version(tmp_path):
        pass


def test_a_folder_that_cannot_be_created_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"file/lines/1 could not be written: Not a directory"):
        fill(tmp_path / "file" / "lines")
