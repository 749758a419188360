"""Many who ask at once: each is answered, in order, and none keeps the event loop to itself."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import httpx2
import uvicorn
import uvloop
from uvicorn.server import ServerState

from scoring.service.accepting import Acceptor
from scoring.service.answers import text_answer
from scoring.service.connection import connection_class
from scoring.service.patience import Patience
from scoring.service.server import nothing_else
from scoring.service.turns import Turns
from tests.scoring.service.serving import LONG_S, Echo, served

CALLERS = 150
ROUNDS = 3
PROBE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
Begun = list[tuple[str, float, float]]


def test_what_has_no_room_waits_for_the_next_turns_in_order():
    async def turns() -> tuple[list[bool], list[str], list[str], bool]:
        turns = Turns(longest_s=0)
        done: list[str] = []
        room = [turns.enter(), turns.enter()]
        for name in ("first", "second", "third"):
            turns.wait(lambda name=name: done.append(name))
        room.append(turns.enter())
        at_once = list(done)
        for _ in range(5):
            await asyncio.sleep(0)
        return room, at_once, done, turns.enter()

    assert asyncio.run(turns()) == ([True, False, False], [], ["first", "second", "third"], True)


def head(number: int) -> bytes:
    lines = f"Host: x\r\nContent-Type: application/json\r\nX-Request-Id: caller-{number}"
    return f"POST /v1/score HTTP/1.1\r\n{lines}\r\nContent-Length: {len(body(number))}\r\n\r\n".encode()


def body(number: int) -> bytes:
    return json.dumps(f"question {number}").encode()


def answer(connection: socket.socket) -> tuple[int, bytes, dict]:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    first, content = received.split(b"\r\n\r\n", 1)
    headers = dict(line.split(b": ", 1) for line in first.lower().split(b"\r\n")[1:])
    while len(content) < int(headers[b"content-length"]):
        content += connection.recv(65_536)
    return int(first[9:12]), headers[b"x-request-id"], json.loads(content)


def test_under_overload_each_caller_gets_its_own_answer_though_its_body_comes_in_pieces():
    with served(Echo, queue=4) as url:
        address = httpx2.URL(url)
        callers = [socket.create_connection((address.host, address.port), timeout=LONG_S) for _ in range(CALLERS)]
        try:
            for _ in range(ROUNDS):
                for number, caller in enumerate(callers):
                    caller.sendall(head(number) + body(number)[:3])
                for number, caller in enumerate(callers):
                    caller.sendall(body(number)[3:])
                for number, caller in enumerate(callers):
                    status, request_id, content = answer(caller)
                    assert request_id == b"caller-%d" % number
                    said = content.get("echo", content.get("code"))
                    assert (status, said) in ((200, f"question {number}"), (429, "queue-full"))
        finally:
            for caller in callers:
                caller.close()


@asynccontextmanager
async def room_for_one_a_turn() -> AsyncIterator[tuple[tuple[str, int], Begun]]:
    """The address of a service whose turns have room for one request; and, of each request that was begun, its path and
    the times when it arrived and when it was begun."""
    begun: Begun = []

    def begin(scope, arrived, content, reply):
        begun.append((scope["path"], arrived, perf_counter()))
        reply(text_answer(200, "done"))

    connections = connection_class(Patience(), begin, lambda code, status: None)
    connections.turns = Turns(longest_s=0)
    config, state = uvicorn.Config(nothing_else, http=connections, log_config=None), ServerState()
    config.load()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = Acceptor(listener, lambda: connections(config, state, {}))
        acceptor.start()
        try:
            async with asyncio.timeout(LONG_S):
                yield listener.getsockname(), begun
        finally:
            await acceptor.close()


def test_a_probe_goes_before_what_waits_for_its_turn():
    async def order() -> Begun:
        async with room_for_one_a_turn() as (address, begun):
            opened = [await asyncio.open_connection(*address) for _ in range(5)]
            for reader, writer in opened:
                writer.write(PROBE)
                await reader.readuntil(b"done")
            begun.clear()
            for _, writer in opened[:4]:
                writer.write(head(1) + body(1))
            opened[4][1].write(PROBE)
            for reader, writer in opened:
                assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
                writer.close()
            return begun

    found = asyncio.run(order())
    paths = [path for path, _, _ in found]
    assert paths.index("/livez") <= 1
    assert sorted(paths) == ["/livez"] + ["/v1/score"] * 4
    # By what its deadline is counted from, the last had arrived before the first that had to wait was begun.
    assert found[-1][1] < found[2][2]


def test_who_sends_no_more_before_its_turn_is_answered():
    async def answered() -> None:
        async with room_for_one_a_turn() as (address, _):
            # All is there before the service takes the first of them.
            callers = [socket.create_connection(address, timeout=LONG_S) for _ in range(5)]
            for caller in callers:
                caller.sendall(head(1) + body(1))
                caller.shutdown(socket.SHUT_WR)
            for caller in callers:
                reader, writer = await asyncio.open_connection(sock=caller)
                assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
                writer.close()

    uvloop.run(answered())
