"""A Service as a loopback port in front of its ready pods.

HTTP keep-alive would pin a pooled client to one pod, so the balancer works on requests, not on connections: it follows
the HTTP/1.1 framing with h11, chooses a pod anew for every request, and gives every request a connection of its own to
the pod (`Connection: close`), while the client's stays open. So sequential requests of one client are spread over all
ready pods, a pod that is to end has no idle connections, and a pod's last request is known to be over (`Endpoints`),
which is what lets a rollout cut no request.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import h11

from cluster_admin.practice.endpoints import Endpoint, Endpoints, in_flight
from cluster_admin.practice.http_peer import LOOPBACK, Peer, connected

IDLE_SECONDS = 600.0
ANSWER_SECONDS = 120.0
BODY_SECONDS = 60.0
CONNECT_SECONDS = 2.0
LINGER_SECONDS = 2.0
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade", b"expect"})
TITLES = {
    400: "Bad Request",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

Headers = list[tuple[bytes, bytes]]
logger = logging.getLogger(__name__)


class BackendError(Exception):
    """The chosen pod gave no whole answer. `status` is what the client is told if nothing was sent to it yet."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Balancer:
    """`service` is NAME or NAMESPACE/NAME, `port` 0 takes a free one."""

    def __init__(self, service: str, port: int, endpoints: Endpoints) -> None:
        self.service = service
        self.port = port
        self._endpoints = endpoints
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self, grace_seconds: float = LINGER_SECONDS) -> None:
        """Take no more connections, and end those there are."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=grace_seconds)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(Peer(h11.SERVER, reader, writer)))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, client: Peer) -> None:
        try:
            while await self._serve_one(client):
                client.next_cycle()
        except (OSError, TimeoutError, h11.ProtocolError) as gone:
            logger.debug("a client of %s is gone: %s", self.service, gone)
        finally:
            await client.close()

    async def _serve_one(self, client: Peer) -> bool:
        """Answer one request; False when the connection is to end."""
        try:
            request = await client.receive(IDLE_SECONDS)
        except h11.RemoteProtocolError as wrong:
            await _refuse(client, wrong.error_status_hint, str(wrong))
            return False
        if not isinstance(request, h11.Request):
            return False
        try:
            await self._exchange(client, request)
        except BackendError as failed:
            if not client.has_answered:
                await _refuse(client, failed.status, str(failed), with_body=request.method != b"HEAD")
            return False
        return client.may_go_on

    async def _exchange(self, client: Peer, request: h11.Request) -> None:
        async with self._chosen_pod() as (name, pod):
            try:
                await _forward(client, pod, request)
            except TimeoutError as late:
                raise BackendError(504, f"pod {name} did not answer in time") from late

    @asynccontextmanager
    async def _chosen_pod(self) -> AsyncIterator[tuple[str, Peer]]:
        """A connection to a ready pod, counted on it from its choice to the end of the request.

        A pod that refuses the connection is skipped. Raises BackendError when there is no other.
        """
        tried: set[str] = set()
        while (endpoint := self._endpoints.choose(self.service, tried)) is not None:
            tried.add(endpoint.uid)
            with in_flight(endpoint):
                pod = await self._connect(endpoint)
                if pod is None:
                    continue
                try:
                    yield endpoint.key[1], pod
                finally:
                    await pod.close()
                return
        raise BackendError(503, f"no pod of {self.service} is ready")

    async def _connect(self, endpoint: Endpoint) -> Peer | None:
        try:
            return await connected(endpoint.port, CONNECT_SECONDS)
        except (OSError, TimeoutError) as refused:
            logger.info("pod %s refuses connections: %s", endpoint.key[1], refused)
            return None


async def _forward(client: Peer, pod: Peer, request: h11.Request) -> None:
    """Request and body one way, answer the other way, both at once: a pod may answer before it has read all."""
    upload = asyncio.create_task(_upload(client, pod, request))
    try:
        await _download(client, pod)
        await asyncio.wait({upload}, timeout=LINGER_SECONDS)
    finally:
        upload.cancel()
        await asyncio.wait({upload})


async def _upload(client: Peer, pod: Peer, request: h11.Request) -> None:
    """What the pod does not want any more is read and dropped, so that the client comes to read its answer."""
    headers = _end_to_end(request.headers.raw_items())
    head = h11.Request(method=request.method, target=request.target, headers=[*headers, (b"Connection", b"close")])
    wanted = await pod.try_send(head)
    try:
        await client.invite_body()
        while isinstance(part := await client.receive(BODY_SECONDS), h11.Data):
            wanted = wanted and await pod.try_send(part)
    except (OSError, TimeoutError, h11.RemoteProtocolError) as gone:
        logger.debug("a request body broke off: %s", gone)
        await pod.close()
        return
    if wanted and isinstance(part, h11.EndOfMessage):
        await pod.try_send(part)


async def _download(client: Peer, pod: Peer) -> None:
    while True:
        try:
            part = await pod.receive(ANSWER_SECONDS)
        except (OSError, h11.RemoteProtocolError) as broken:
            raise BackendError(502, f"the pod broke off: {broken}") from broken
        if isinstance(part, h11.Response):
            headers = _end_to_end(part.headers.raw_items())
            await client.send(h11.Response(status_code=part.status_code, reason=part.reason, headers=headers))
        elif isinstance(part, h11.Data):
            await client.send(part)
        elif isinstance(part, h11.EndOfMessage):
            await client.send(part)
            return
        elif isinstance(part, h11.ConnectionClosed):
            raise BackendError(502, "the pod closed the connection without an answer")


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


async def _refuse(client: Peer, status: int, detail: str, *, with_body: bool = True) -> None:
    """A problem of RFC 9457, after which the connection ends."""
    status = status if status in TITLES else 400
    problem = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", "1"),
        ("Connection", "close"),
    ]
    await client.send(h11.Response(status_code=status, reason=TITLES[status], headers=headers))
    if with_body:
        await client.send(h11.Data(data=body))
    await client.send(h11.EndOfMessage())
    await client.drop_rest(LINGER_SECONDS)
