"""Connections taken from the port."""

import asyncio
import resource
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvloop

from scoring.service.accepting import Acceptor
from tests.scoring.service.serving import LONG_S, until

MANY = 256


class Greeting(asyncio.Protocol):
    """Says its own number."""

    def __init__(self, taken):
        self._taken = taken

    def connection_made(self, transport):
        self._taken.append(self)
        transport.write(b"%4d" % len(self._taken))
        transport.close()


@contextmanager
def accepting(taken):
    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as listener:
        yield listener.getsockname(), Acceptor(listener, lambda: Greeting(taken))


def test_many_who_connect_at_once_are_taken_in_a_few_turns():
    async def turns(opened):
        taken = []
        with accepting(taken) as (address, acceptor):
            for _ in range(MANY):
                opened.enter_context(socket.create_connection(address, timeout=LONG_S))
            acceptor.start()
            turn = 0
            while len(taken) < MANY:
                await asyncio.sleep(0)
                turn += 1
            await acceptor.close()
        return turn

    with ExitStack() as opened:
        assert uvloop.run(turns(opened)) < MANY / 4


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run])
def test_who_connected_before_the_port_closed_is_taken(run):
    async def greeted(opened):
        with accepting([]) as (address, acceptor):
            callers = [opened.enter_context(socket.create_connection(address, timeout=LONG_S)) for _ in range(MANY)]
            acceptor.start()
            await acceptor.close()
        return {int(await asyncio.to_thread(caller.recv, 4)) for caller in callers}

    with ExitStack() as opened:
        assert run(greeted(opened)) == set(range(1, MANY + 1))


def test_a_process_without_descriptors_takes_connections_once_it_has_some_again(caplog):
    async def greeted():
        with accepting([]) as (address, acceptor), socket.create_connection(address, timeout=LONG_S) as caller:
            with no_descriptors():
                acceptor.start()
                await asyncio.to_thread(until, lambda: caplog.records)
            number = await asyncio.to_thread(caller.recv, 4)
            await acceptor.close()
            return int(number)

    assert uvloop.run(greeted()) == 1
    record = caplog.records[0]
    assert (record.message, record.reason) == ("cannot take connections", "Too many open files")


@contextmanager
def no_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path("/dev/null").open() as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
