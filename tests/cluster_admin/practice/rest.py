"""Clients of a served API: plain HTTPS requests, and the official Python client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import urllib3
from kubernetes import client, config

from cluster_admin.practice.store import Obj
from tests.cluster_admin.practice.served_api import ServedApi

LIMIT_SECONDS = 20


class Rest:
    """Requests with a bearer token; `last` is the body of the last JSON answer."""

    def __init__(self, api: ServedApi, token: str | None = None) -> None:
        self._url = api.url
        self._headers = {"Authorization": f"Bearer {api.credentials.token if token is None else token}"}
        self._pool = urllib3.PoolManager(ca_certs=str(api.credentials.ca), retries=False, timeout=LIMIT_SECONDS)
        self.last: Obj = {}

    def __enter__(self) -> "Rest":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.clear()

    def get(self, path: str) -> Obj:
        status, body = self.call("GET", path)
        assert status == 200, body
        return body

    def call(self, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Obj]:
        answer = self.raw(method, path, None if body is None else json.dumps(body).encode(), media)
        self.last = json.loads(answer.data)
        return answer.status, self.last

    def raw(
        self, method: str, path: str, body: bytes | None = None, media: str = "application/json", **headers: str
    ) -> urllib3.BaseHTTPResponse:
        sent = self._headers | headers | ({"Content-Type": media} if body is not None else {})
        return self._pool.request(method, self._url + path, body=body, headers=sent)

    def stream(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request("GET", self._url + path, headers=self._headers | headers, preload_content=False)

    @contextmanager
    def lines(self, path: str, **headers: str) -> Iterator[Iterator[Obj]]:
        """The JSON lines of a stream; leaving the block leaves the stream."""
        answer = self.stream(path, **headers)
        try:
            assert answer.status == 200, answer.data
            yield _lines(answer)
        finally:
            answer.close()


@contextmanager
def python_client(api: ServedApi) -> Iterator[client.ApiClient]:
    """The official client, set up from the kubeconfig."""
    connection = config.new_client_from_config(str(api.kubeconfig))
    try:
        yield connection
    finally:
        connection.rest_client.pool_manager.clear()


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[Obj]:
    rest = b""
    for chunk in answer.stream(amt=None):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (json.loads(line) for line in whole)
