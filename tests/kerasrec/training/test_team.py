"""Teams whose workers are threads of this process, on loopback."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kerasrec.errors import UsageError, WorkerLost
from kerasrec.training import channel, joining
from kerasrec.training import team as teams
from kerasrec.training.cluster import Cluster
from kerasrec.training.joining import join
from kerasrec.training.team import Team

REPORT = {"devices": "1 CPU", "settings": {"seed": 42, "batch_size": 32}}


def free_addresses(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = tuple(f"127.0.0.1:{server.getsockname()[1]}" for server in servers)
    for server in servers:
        server.close()
    return addresses


def join_all(addresses, reports):
    """Joins one worker for each report; returns what each gets: its team and addresses, or its error."""

    def start(worker):
        try:
            return join(Cluster(addresses, worker), reports[worker])
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(reports)) as pool:
        return list(pool.map(start, range(len(reports))))


def dismiss(*joined):
    """Closes the connections of teams that were not watched."""
    for each, _ in joined:
        for connection in each._channels.values():
            connection.close()


@pytest.fixture
def team():
    """Makes a team of some workers that watch each other: `team(2)`; what aborts a step is noted in `aborted`."""
    made = []

    def make(count):
        addresses = free_addresses(count)
        for number, (each, _) in enumerate(join_all(addresses, [REPORT] * count)):
            each.aborted = []
            each.watch(each.aborted.append)
            made.append(each)
            assert each.is_chief == (number == 0) and not each.is_alone
        return made

    yield make
    for each in made:
        each.leave()


def cut(worker):
    """Ends a worker's connection as the kernel does when its process is killed."""
    for each in worker._channels.values():
        each._connection.shutdown(socket.SHUT_RDWR)


def test_a_process_alone_is_a_team():
    alone = Team()
    assert alone.is_alone and alone.is_chief
    assert (alone.share([1]), alone.collect("a")) == ([1], ["a"])
    with pytest.raises(ZeroDivisionError), alone.step():
        raise ZeroDivisionError


def test_all_workers_get_the_chiefs_values_and_the_chief_gets_theirs(team):
    chief, one, two = team(3)
    values = [0.1, None, {"text": "é" * 100_000}]
    for value in values:
        assert chief.share(value) == value
    assert [one.share(0) for _ in values] == values == [two.share(0) for _ in values]
    assert (two.collect(2), one.collect(1), chief.collect(0)) == ([2], [1], [0, 1, 2])


def test_the_servers_of_tensorflow_get_the_addresses_and_a_free_port_of_the_chief():
    addresses = free_addresses(2)
    joined = join_all(addresses, [REPORT, {**REPORT, "settings": None}])
    (_, mine), (_, theirs) = joined
    assert mine == theirs
    assert (mine[0].rpartition(":")[0], mine[1]) == ("127.0.0.1", addresses[1])
    assert mine[0] != addresses[0]
    dismiss(*joined)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "0.0.9"}, r"has kerasrec 0.0.9, but worker 0 has 0\.1\.0\. All workers must have the same\."),
        ({"devices": "2 GPU"}, "has the devices 2 GPU, but worker 0 has 1 CPU"),
        ({"addresses": ["a:1"]}, r"has the workers a:1, but worker 0 has 127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\."),
        ({"settings": {"seed": 42, "batch_size": 16}}, "was started with batch_size 16, but worker 0 with 32."),
    ],
)
def test_a_worker_that_differs_is_named_on_all(change, message):
    addresses = free_addresses(2)
    errors = join_all(addresses, [REPORT, {**REPORT, **change}])
    for error in errors:
        with pytest.raises(UsageError, match=rf"Worker 1 \({addresses[1]}\) {message}"):
            raise error


def test_a_worker_that_does_not_report_is_named_on_all(monkeypatch):
    monkeypatch.setattr(joining, "PATIENCE", 1.0)
    addresses = free_addresses(3)
    for error in join_all(addresses, [REPORT, REPORT]):
        with pytest.raises(WorkerLost, match=rf"Worker 2 \({addresses[2]}\) did not report within 1 s"):
            raise error


def test_a_chief_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(joining, "PATIENCE", 0.5)
    addresses = free_addresses(2)
    with pytest.raises(WorkerLost, match=rf"Worker 0 \({addresses[0]}\) did not answer .*: Connection refused"):
        join(Cluster(addresses, 1), REPORT)


@pytest.mark.parametrize("worker", [0, 1])
def test_a_port_in_use_is_refused(worker):
    with socket.create_server(("127.0.0.1", 0)) as server:
        addresses = [*free_addresses(1)]
        addresses.insert(worker, f"127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(UsageError, match=f"cannot listen at {addresses[worker]}: Address already in use"):
            join(Cluster(tuple(addresses), worker), REPORT)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b'{"worker": 7}\n', b"[" * 10**5 + b"\n", b""])
def test_strangers_do_not_disturb(said):
    addresses = free_addresses(2)
    host, port = addresses[0].split(":")
    with ThreadPoolExecutor(2) as pool:
        chief = pool.submit(join, Cluster(addresses, 0), REPORT)
        while True:
            try:
                stranger = socket.create_connection((host, int(port)))
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        stranger.sendall(said)
        stranger.close()
        worker = pool.submit(join, Cluster(addresses, 1), REPORT)
        assert chief.result()[1] == worker.result()[1]
        dismiss(chief.result(), worker.result())


def test_a_second_worker_of_a_number_is_refused():
    addresses = free_addresses(3)
    with ThreadPoolExecutor(4) as pool:
        chief = pool.submit(join, Cluster(addresses, 0), REPORT)
        first = pool.submit(join, Cluster(addresses, 1), REPORT)
        time.sleep(0.5)
        with pytest.raises(UsageError, match=r"Worker 1 \(.*\) has reported already"):
            join(Cluster(addresses, 1), REPORT)
        other = pool.submit(join, Cluster(addresses, 2), REPORT)
        assert chief.result()[1] == first.result()[1] == other.result()[1]
        dismiss(chief.result(), first.result(), other.result())


def test_a_killed_worker_is_named_on_all_others(team):
    chief, one, two = team(3)
    cut(two)
    for each in (chief, one):
        with pytest.raises(WorkerLost, match=rf"^Worker 2 \({chief.cluster.addresses[2]}\) has ended\. Start"):
            each.share(1)
            each.share(1) if each is one else each.collect(1)
        assert len(each.aborted) == 1 and "Worker 2" in each.aborted[0]


def test_a_killed_chief_is_named(team):
    chief, one = team(2)
    cut(chief)
    with pytest.raises(WorkerLost, match=rf"^Worker 0 \({chief.cluster.addresses[0]}\) has ended"):
        one.share(1)


def test_a_silent_worker_is_named(team, monkeypatch):
    monkeypatch.setattr(teams, "SILENCE", 0.3)
    monkeypatch.setattr(teams, "_BEAT", 100)
    chief, one = team(2)
    with pytest.raises(WorkerLost, match=r"^Worker 1 \(.*\) has been silent for 0.3 s"):
        chief.collect(1)


def test_signs_of_life_keep_a_team_together(team, monkeypatch):
    monkeypatch.setattr(teams, "SILENCE", 2.0)
    monkeypatch.setattr(teams, "_BEAT", 0.1)
    chief, one = team(2)
    time.sleep(3)
    assert chief.share("here") == one.share(None)


def test_the_others_learn_why_a_worker_leaves(team):
    chief, one, two = team(3)
    one.leave(MemoryError("no memory"))
    for each in (chief, two):
        with pytest.raises(WorkerLost, match=rf"^Worker 1 \({chief.cluster.addresses[1]}\) has failed: no memory"):
            each.collect(1) if each is chief else each.share(1)


def test_the_chief_ends_and_stops_its_workers(team):
    chief, one = team(2)
    chief.share("last")
    chief.leave()
    assert one.share(None) == "last"
    one.wait()
    one.leave()
    assert chief.aborted == one.aborted == []


def test_ctrl_c_in_the_chief_stops_its_workers(team):
    chief, one = team(2)
    chief.leave(KeyboardInterrupt())
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            one.share(None)


def test_ctrl_c_in_a_worker_is_named(team):
    chief, one = team(2)
    one.leave(KeyboardInterrupt())
    with pytest.raises(WorkerLost, match=r"^Worker 1 \(.*\) was stopped with Ctrl-C\. Start"):
        chief.collect(1)


def test_a_step_that_waits_for_a_lost_worker_says_so(team):
    chief, one = team(2)
    ended = threading.Event()
    chief._abort = lambda reason: ended.set()
    with pytest.raises(WorkerLost, match="^Worker 1"), chief.step():
        cut(one)
        ended.wait(20)
        raise RuntimeError("Collective ops is aborted")
    with pytest.raises(WorkerLost, match="^Worker 1"), chief.step():
        pytest.fail("a step began without a worker")


def test_an_error_in_a_step_is_kept(team):
    with pytest.raises(ZeroDivisionError), team(2)[0].step():
        raise ZeroDivisionError


def test_workers_that_do_not_connect_are_reported(team):
    chief, _ = team(2)
    ended = threading.Event()
    chief._abort = lambda reason: ended.set()
    with pytest.raises(WorkerLost, match=r"did not connect the workers within 0\.1 s"), chief.step(limit=0.1):
        assert ended.wait(20)
        raise RuntimeError("Collective ops is aborted")


def test_a_channel_takes_no_endless_greeting():
    here, there = socket.socketpair()
    receiver = channel.Channel(here)

    def send_until_closed():
        with pytest.raises(OSError):
            there.sendall(b"1" * 2**24)

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_until_closed)
        with pytest.raises(ValueError):
            receiver.read(is_greeting=True)
        receiver.close()
        sent.result()
    there.close()
