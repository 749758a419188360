"""Failed sign-ins counted by several processes: each `Attempts` has a memory of its own, as a process has."""

import socket as sockets
import subprocess
import time
import uuid
from contextlib import contextmanager

import pytest
from redis import Redis
from redis.exceptions import RedisError

from demo.valkey import binary
from webapp.accounts.attempts import MOST_FAILURES, PREFIX, WAIT_SECONDS, Attempts

ADDRESS = "192.0.2.1"
LIMIT_SECONDS = 30


@contextmanager
def valkey(socket):
    """A real server on a socket in the test's folder."""
    command = [str(binary()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            until_it_answers(socket)
            yield server
        finally:
            server.terminate()
            server.wait(LIMIT_SECONDS)


def until_it_answers(socket):
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            with Redis(unix_socket_path=str(socket)) as redis:
                redis.ping()
                return
        except RedisError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def socket(tmp_path):
    return tmp_path / "s"


def process(socket):
    return Attempts(f"redis+socket://{socket}", memory=str(uuid.uuid4()))


def fail(attempts, times, name="ana", address=ADDRESS):
    for _ in range(times):
        attempts.note_failure(name, address)


def test_failures_at_several_processes_add_up(socket):
    with valkey(socket):
        one, other, third = process(socket), process(socket), process(socket)
        fail(one, MOST_FAILURES - 4)
        fail(other, 3)
        assert not third.is_blocked("ana", ADDRESS)
        fail(other, 1, name="Ana")
        assert [each.is_blocked("ANA", ADDRESS) for each in (one, other, third)] == [True] * 3
        assert not third.is_blocked("ana", "192.0.2.2")
        assert not third.is_blocked("eva", ADDRESS)


def test_a_success_at_one_process_counts_for_all_that_have_not_closed_their_own_door(socket):
    with valkey(socket):
        one, other = process(socket), process(socket)
        fail(one, MOST_FAILURES - 1)
        other.forget("ana", ADDRESS)
        fail(other, 1)
        assert not process(socket).is_blocked("ana", ADDRESS)


def test_the_time_runs_from_the_first_failure_and_no_name_is_stored(socket):
    with valkey(socket):
        fail(process(socket), 2)
        with Redis(unix_socket_path=str(socket)) as redis:
            (key,) = redis.keys()
            assert redis.pexpire(key, 60_000)
            fail(process(socket), 1)
            assert 0 < redis.pttl(key) <= 60_000 < WAIT_SECONDS * 1000
            assert (redis.get(key), key.startswith(PREFIX.encode()), b"ana" in key) == (b"3", True, False)


def test_without_redis_each_process_counts_alone_and_lets_nobody_guess_on(socket):
    with valkey(socket):
        one = process(socket)
        fail(one, MOST_FAILURES - 1)
    fail(one, 1)
    assert one.is_blocked("ana", ADDRESS)
    assert not process(socket).is_blocked("ana", ADDRESS)
    one.forget("ana", ADDRESS)
    assert not one.is_blocked("ana", ADDRESS)


def test_a_server_that_says_nothing_costs_a_moment_only(tmp_path):
    with sockets.create_server(("127.0.0.1", 0)) as silent:
        attempts = Attempts(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", memory=str(uuid.uuid4()))
        began = time.monotonic()
        assert not attempts.is_blocked("ana", ADDRESS)
        assert time.monotonic() - began < LIMIT_SECONDS


def test_nonsense_in_redis_is_no_failure(socket):
    with valkey(socket), Redis(unix_socket_path=str(socket)) as redis:
        attempts = process(socket)
        fail(attempts, 1)
        redis.set(redis.keys()[0], "many")
        fail(attempts, 1)
        assert not attempts.is_blocked("ana", ADDRESS)
