import pytest

from kerasrec_tuning.attendance import ALIVE_SECONDS, Attendance


@pytest.fixture
def clock():
    """A time that a test moves: `clock.seconds += 5`."""

    class Clock:
        seconds = 100.0

        def __call__(self):
            return self.seconds

    return Clock()


@pytest.fixture
def attendance(clock):
    return Attendance(lost_after=10.0, first_worker_seconds=60.0, now=clock)


def test_a_silent_worker_is_removed_once(attendance, clock):
    attendance.welcome("w1", "a")
    attendance.welcome("w2", "b")
    clock.seconds += 9
    attendance.hear("w2", "b")
    assert attendance.remove_silent() == []
    clock.seconds += 2
    assert attendance.remove_silent() == ["w1"]
    assert attendance.remove_silent() == []
    assert not attendance.is_empty()


def test_a_name_is_taken_while_its_process_lives(attendance, clock):
    assert attendance.welcome("w1", "a")
    assert attendance.welcome("w1", "a")  # it may ask again
    assert not attendance.welcome("w1", "b")
    clock.seconds += 3 * ALIVE_SECONDS
    assert attendance.welcome("w1", "b")
    attendance.hear("w1", "a")  # the first was not dead after all, but its name is gone
    clock.seconds += 11
    attendance.hear("w1", "a")
    assert attendance.remove_silent() == ["w1"]


def test_a_worker_that_was_silent_may_come_back(attendance, clock):
    attendance.welcome("w1", "a")
    clock.seconds += 11
    assert attendance.remove_silent() == ["w1"]
    attendance.hear("w1", "a")
    assert not attendance.is_empty()


def test_a_worker_leaves(attendance):
    attendance.welcome("w1", "a")
    assert not attendance.leave("w1", "b")  # an older process of that name
    assert attendance.leave("w1", "a")
    assert not attendance.leave("w1", "a")
    assert attendance.is_empty()


def test_a_dismissed_worker_counts_no_more(attendance):
    attendance.welcome("w1", "a")
    attendance.dismiss("w1")
    attendance.hear("w1", "a")  # it is still on its way out
    assert attendance.is_empty()


def test_hope_for_a_first_worker_lasts_longer(attendance, clock):
    clock.seconds += 60
    assert not attendance.is_hopeless()
    clock.seconds += 1
    assert attendance.is_hopeless()
    assert attendance.silence() == 61


def test_hope_ends_when_all_are_silent(attendance, clock):
    attendance.welcome("w1", "a")
    clock.seconds += 10.5
    assert not attendance.is_hopeless()  # nobody has missed it yet
    attendance.remove_silent()
    assert attendance.is_hopeless()


def test_after_the_last_has_left_there_is_time_for_another(attendance, clock):
    attendance.welcome("w1", "a")
    clock.seconds += 5
    attendance.leave("w1", "a")
    clock.seconds += 10
    assert not attendance.is_hopeless()
    clock.seconds += 1
    assert attendance.is_hopeless()


def test_workers_of_before_a_restart_have_their_time(attendance, clock):
    attendance.begin(["w1"])
    clock.seconds += 9
    attendance.hear("w1", "a")  # it was there all the time
    attendance.begin()
    clock.seconds += 9
    assert attendance.remove_silent() == []


def test_workers_of_before_a_restart_may_not_come_back(attendance, clock):
    attendance.begin(["w1"])
    assert attendance.welcome("w1", "new")  # nor keep their name from others
    attendance.begin(["w2"])
    clock.seconds += 11
    assert attendance.remove_silent() == ["w1", "w2"]
