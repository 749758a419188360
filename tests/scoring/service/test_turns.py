"""Many who ask at once: each is answered, in order, and none keeps the event loop to itself."""

import asyncio
import json
import socket

import httpx2

from scoring.service.turns import Turns
from tests.scoring.service.serving import LONG_S, Echo, served

CALLERS = 150
ROUNDS = 3


def test_what_has_no_room_waits_for_the_next_turns_in_order():
    async def turns() -> tuple[list[bool], list[str], list[str], bool]:
        turns = Turns(longest_s=0)
        done: list[str] = []
        room = [turns.has_room(), turns.has_room()]
        for name in ("first", "second", "third"):
            turns.wait(lambda name=name: done.append(name))
        room.append(turns.has_room())
        at_once = list(done)
        for _ in range(5):
            await asyncio.sleep(0)
        return room, at_once, done, turns.has_room()

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
