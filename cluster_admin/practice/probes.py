"""Startup, readiness and liveness probes, really asked over HTTP or TCP on the loopback address."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import h11

Kind = Literal["startupProbe", "readinessProbe", "livenessProbe"]
MOST_READ = 64 * 1024
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Probe:
    """Times in seconds; `http` is None for a probe that only connects. Defaults are those of Kubernetes."""

    http: str | None
    headers: tuple[tuple[str, str], ...]
    initial_delay: float
    period: float
    timeout: float
    failure_threshold: int
    success_threshold: int
    unsupported: str = ""


def read_probe(container: Mapping[str, Any], kind: Kind) -> Probe | None:
    """Read a probe of a container; None where there is none."""
    spec = container.get(kind)
    if not spec:
        return None
    http = spec.get("httpGet")
    headers = (http or {}).get("httpHeaders") or ()
    return Probe(
        http=(http.get("path") or "/") if http is not None else None,
        headers=tuple((h["name"], h["value"]) for h in headers),
        initial_delay=float(spec.get("initialDelaySeconds") or 0),
        period=float(spec.get("periodSeconds") or 10),
        timeout=float(spec.get("timeoutSeconds") or 1),
        failure_threshold=int(spec.get("failureThreshold") or 3),
        success_threshold=int(spec.get("successThreshold") or 1),
        unsupported=next((handler for handler in ("exec", "grpc") if handler in spec), ""),
    )


async def ask(probe: Probe, port: int) -> str:
    """Perform the probe once: an empty answer is success, anything else says what went wrong."""
    if probe.unsupported:
        return f"{probe.unsupported} probes are not performed by the practice cluster"
    try:
        async with asyncio.timeout(probe.timeout):
            return await _ask(probe, port)
    except TimeoutError:
        return f'Get "{_url(probe, port)}": no answer within {probe.timeout:g} s'
    except ConnectionRefusedError:
        return f'Get "{_url(probe, port)}": dial tcp {LOOPBACK}:{port}: connect: connection refused'
    except OSError as refused:
        return f'Get "{_url(probe, port)}": {refused.strerror or refused}'
    except h11.ProtocolError as nonsense:
        return f'Get "{_url(probe, port)}": malformed HTTP answer: {nonsense}'


def _url(probe: Probe, port: int) -> str:
    return f"http://{LOOPBACK}:{port}{probe.http or ''}"


async def _ask(probe: Probe, port: int) -> str:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        if probe.http is None:
            return ""
        status = await _get(probe, port, reader, writer)
    finally:
        writer.close()
    return "" if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"


async def _get(probe: Probe, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    connection = h11.Connection(h11.CLIENT)
    own = [("Host", f"{LOOPBACK}:{port}"), ("User-Agent", "kube-probe/1.36"), ("Connection", "close")]
    request = h11.Request(method="GET", target=probe.http or "/", headers=[*own, *probe.headers])
    writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(MOST_READ))
        elif isinstance(event, h11.Response):
            return event.status_code


class Tally:
    """Counts equal answers in a row: only `success_threshold` or `failure_threshold` of them are a verdict."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._row = 0
        self._last: bool | None = None

    def count(self, ok: bool) -> bool:
        """Count one answer; True when it makes a verdict."""
        self._row = self._row + 1 if ok is self._last else 1
        self._last = ok
        return self._row >= (self._probe.success_threshold if ok else self._probe.failure_threshold)
