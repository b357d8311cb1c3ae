import pytest

from kerasrec_tuning.attendance import HEARTBEAT_SECONDS, Attendance


@pytest.fixture
def clock():
    """A clock that a test sets: `clock.seconds += 5`."""

    class Clock:
        seconds = 100.0

        def __call__(self):
            return self.seconds

    return Clock()


@pytest.fixture
def attendance(clock):
    return Attendance(lost_after=10.0, first_worker_seconds=60.0, now=clock)


def test_a_silent_worker_is_removed_once(attendance, clock):
    attendance.admit("w1", "a")
    attendance.admit("w2", "b")
    clock.seconds += 9
    attendance.record_heartbeat("w2", "b")
    assert attendance.remove_silent() == []
    clock.seconds += 2
    assert attendance.remove_silent() == ["w1"]
    assert attendance.remove_silent() == []
    assert not attendance.is_empty()


def test_a_name_is_taken_while_its_process_lives(attendance, clock):
    assert attendance.admit("w1", "a")
    assert attendance.admit("w1", "a")  # it may ask again
    assert not attendance.admit("w1", "b")
    clock.seconds += 3 * HEARTBEAT_SECONDS
    assert attendance.admit("w1", "b")
    attendance.record_heartbeat("w1", "a")  # the first was alive after all, but has lost its name
    clock.seconds += 11
    attendance.record_heartbeat("w1", "a")
    assert attendance.remove_silent() == ["w1"]


def test_a_worker_that_was_silent_may_come_back(attendance, clock):
    attendance.admit("w1", "a")
    clock.seconds += 11
    assert attendance.remove_silent() == ["w1"]
    attendance.record_heartbeat("w1", "a")
    assert not attendance.is_empty()


def test_a_worker_leaves(attendance):
    attendance.admit("w1", "a")
    assert not attendance.leave("w1", "b")  # an older process of that name
    assert attendance.leave("w1", "a")
    assert not attendance.leave("w1", "a")
    assert attendance.is_empty()


def test_a_dismissed_worker_is_ignored(attendance):
    attendance.admit("w1", "a")
    attendance.dismiss("w1")
    attendance.record_heartbeat("w1", "a")  # it has not stopped yet
    assert attendance.is_empty()


def test_the_first_worker_has_more_time(attendance, clock):
    clock.seconds += 60
    assert not attendance.has_timed_out()
    clock.seconds += 1
    assert attendance.has_timed_out()
    assert attendance.seconds_silent() == 61


def test_it_times_out_when_all_workers_are_silent(attendance, clock):
    attendance.admit("w1", "a")
    clock.seconds += 10.5
    assert not attendance.has_timed_out()  # its silence is not noticed yet
    attendance.remove_silent()
    assert attendance.has_timed_out()


def test_there_is_time_for_another_worker_after_the_last_has_left(attendance, clock):
    attendance.admit("w1", "a")
    clock.seconds += 5
    attendance.leave("w1", "a")
    clock.seconds += 10
    assert not attendance.has_timed_out()
    clock.seconds += 1
    assert attendance.has_timed_out()


def test_workers_from_before_a_restart_have_time_to_return(attendance, clock):
    attendance.start(["w1"])
    clock.seconds += 9
    attendance.record_heartbeat("w1", "a")  # it never stopped
    attendance.start()
    clock.seconds += 9
    assert attendance.remove_silent() == []


def test_workers_from_before_a_restart_can_be_replaced(attendance, clock):
    attendance.start(["w1"])
    assert attendance.admit("w1", "new")  # an old worker does not reserve its name
    attendance.start(["w2"])
    clock.seconds += 11
    assert attendance.remove_silent() == ["w1", "w2"]
