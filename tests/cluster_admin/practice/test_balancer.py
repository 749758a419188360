"""The balancer in front of small servers that stand for pods."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from cluster_admin.practice.balancer import Balancer
from cluster_admin.practice.endpoints import Endpoints
from cluster_admin.practice.pod_worker import PORT_ANNOTATION
from cluster_admin.practice.processes import free_port
from cluster_admin.practice.store import Store
from tests.cluster_admin.practice.clusters import run, service, until

Handler = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


@asynccontextmanager
async def server(handler: Handler):
    """Answers one request a connection: `handler` gets the head, the rest of the stream, and where to answer."""
    connections = set()

    async def accept(reader, writer):
        connections.add(asyncio.current_task())
        try:
            await handler(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        finally:
            writer.close()
            connections.discard(asyncio.current_task())

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await asyncio.gather(*connections, return_exceptions=True)


def named(name: bytes) -> Handler:
    async def handler(head, reader, writer):
        writer.write(OK % (len(name), name))

    return handler


@asynccontextmanager
async def balanced(*ports: int):
    """A balancer before ready pods on these ports: yields (balancer, store, endpoints)."""
    store = Store()
    store.create("services", service("web"))
    for number, port in enumerate(ports):
        store.create("pods", ready_pod(f"pod-{number}", port))
    endpoints = Endpoints(store)
    following = asyncio.create_task(endpoints.follow())
    balancer = Balancer("web", 0, endpoints)
    await balancer.start()
    await asyncio.sleep(0)  # the endpoints list what is there
    try:
        yield balancer, store, endpoints
    finally:
        await balancer.stop()
        following.cancel()


def ready_pod(name: str, port: int):
    metadata = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    metadata["annotations"] = {PORT_ANNOTATION: str(port)}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": metadata, "spec": {"nodeName": "n", "containers": []}, "status": status}


class Raw:
    """A client that sends bytes as given and reads answers by their Content-Length."""

    @classmethod
    async def to(cls, port: int) -> "Raw":
        raw = cls()
        raw.reader, raw.writer = await asyncio.open_connection("127.0.0.1", port)
        return raw

    async def ask(self, data: bytes) -> tuple[bytes, bytes]:
        self.writer.write(data)
        return await self.answer()

    async def answer(self, *, with_body: bool = True) -> tuple[bytes, bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        body = await self.reader.readexactly(int(lengths[0])) if lengths and with_body else b""
        return head, body

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_sequential_requests_of_one_connection_take_turns():
    async def scenario():
        async with (
            server(named(b"a")) as a,
            server(named(b"b")) as b,
            server(named(b"c")) as c,
            balanced(a, b, c) as (balancer, _, _),
        ):
            client = await Raw.to(balancer.port)
            bodies = [(await client.ask(GET))[1] for _ in range(9)]
            assert sorted(bodies) == [b"a"] * 3 + [b"b"] * 3 + [b"c"] * 3
            assert len(set(bodies[:3])) == 3
            await client.close()

    run(scenario())


def test_pipelined_requests_are_answered_in_order():
    async def echo_target(head, reader, writer):
        target = head.split(b" ")[1]
        writer.write(OK % (len(target), target))

    async def scenario():
        async with server(echo_target) as a, balanced(a) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            client.writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(3)))
            assert [(await client.answer())[1] for _ in range(3)] == [b"/0", b"/1", b"/2"]
            await client.close()

    run(scenario())


def test_a_pod_that_refuses_the_connection_is_skipped():
    async def scenario():
        async with server(named(b"alive")) as alive, balanced(free_port(), alive) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            assert [(await client.ask(GET))[1] for _ in range(4)] == [b"alive"] * 4
            await client.close()

    run(scenario())


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_without_a_ready_pod_a_problem_says_so(method: bytes):
    async def scenario():
        async with balanced() as (balancer, _, _):
            client = await Raw.to(balancer.port)
            client.writer.write(method + GET[3:])
            head, body = await client.answer(with_body=method == b"GET")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"Content-Type: application/problem+json\r\n" in head
            assert b"Connection: close\r\n" in head
            if body:
                detail = "no pod of web is ready"
                assert json.loads(body) == {
                    "type": "about:blank",
                    "title": "Service Unavailable",
                    "status": 503,
                    "detail": detail,
                }
            assert await client.reader.read() == b""
            await client.close()

    run(scenario())


def test_a_pod_that_breaks_off_is_a_bad_gateway():
    async def hang_up(head, reader, writer):
        writer.close()

    async def nonsense(head, reader, writer):
        writer.write(b"what?\r\n\r\n")

    async def scenario():
        for broken in (hang_up, nonsense):
            async with server(broken) as port, balanced(port) as (balancer, _, _):
                client = await Raw.to(balancer.port)
                assert (await client.ask(GET))[0].startswith(b"HTTP/1.1 502 ")
                await client.close()

    run(scenario())


def test_an_answer_cut_short_is_not_passed_off_as_whole():
    async def half(head, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async def scenario():
        async with server(half) as port, balanced(port) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            with pytest.raises(asyncio.IncompleteReadError):
                await client.ask(GET)
            await client.close()

    run(scenario())


def test_large_bodies_pass_both_ways():
    body = bytes(range(256)) * 4 * 1024

    async def echo(head, reader, writer):
        assert b"Connection: close" in head
        received = await reader.readexactly(len(body))
        writer.write(OK % (len(received), received))
        await writer.drain()

    async def scenario():
        async with server(echo) as port, balanced(port) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            for _ in range(2):
                request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
                assert (await client.ask(request + body))[1] == body
            await client.close()

    run(scenario())


def test_a_client_that_asks_first_is_invited_to_send_its_body():
    async def echo(head, reader, writer):
        assert b"expect" not in head.lower()
        received = await reader.readexactly(5)
        writer.write(OK % (5, received))

    async def scenario():
        async with server(echo) as port, balanced(port) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            request = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            assert (await client.ask(request))[0].startswith(b"HTTP/1.1 100")
            assert (await client.ask(b"hello"))[1] == b"hello"
            await client.close()

    run(scenario())


def test_an_answer_before_the_end_of_the_body_reaches_the_client():
    async def too_large(head, reader, writer):
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await writer.drain()

    async def scenario():
        async with server(too_large) as port, balanced(port) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
            client.writer.write(bytes(8_000_000))
            head, body = await client.answer()
            assert (head[:12], body) == (b"HTTP/1.1 413", b"big")
            await client.close()

    run(scenario())


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBig: " + b"x" * 300_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_a_malformed_request_is_refused(request_: bytes, code: bytes):
    async def scenario():
        async with server(named(b"a")) as port, balanced(port) as (balancer, _, _):
            client = await Raw.to(balancer.port)
            assert (await client.ask(request_))[0].startswith(b"HTTP/1.1 " + code)
            await client.close()
            well = await Raw.to(balancer.port)
            assert (await well.ask(GET))[1] == b"a"
            await well.close()

    run(scenario())


def test_a_pod_is_released_when_its_last_request_is_over():
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(head, reader, writer):
        arrived.set()
        await may_answer.wait()
        writer.write(OK % (4, b"slow"))

    async def scenario():
        async with server(slow) as port, balanced(port) as (balancer, _, endpoints):
            client, late = await Raw.to(balancer.port), await Raw.to(balancer.port)
            asking = asyncio.create_task(client.ask(GET))
            await arrived.wait()
            releasing = asyncio.create_task(endpoints.release("default", "pod-0", 30))
            await asyncio.sleep(0)
            assert (await late.ask(GET))[0].startswith(b"HTTP/1.1 503")
            assert not releasing.done()
            may_answer.set()
            assert (await asking)[1] == b"slow"
            await releasing
            await endpoints.release("default", "unknown", 30)
            await client.close()
            await late.close()

    run(scenario())


def test_a_pod_joins_when_ready_and_leaves_when_it_is_to_end():
    async def scenario():
        async with server(named(b"a")) as port, balanced() as (balancer, store, endpoints):
            store.create("pods", ready_pod("new", port))
            await until(lambda: endpoints.choose("default/web", set()) is not None)
            store.delete("pods", "default", "new")
            await until(lambda: endpoints.choose("web", set()) is None)
            assert endpoints.choose("nobody", set()) is None
            assert balancer.service == "web"

    run(scenario())


def test_a_taken_port_is_an_error():
    async def scenario():
        async with balanced() as (balancer, _, endpoints):
            with pytest.raises(OSError, match="address"):
                await Balancer("web", balancer.port, endpoints).start()

    run(scenario())
