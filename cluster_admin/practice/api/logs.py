"""`GET …/pods/{name}/log`: what a container wrote, whole, in part or followed.

The kubelet appends lines of the form "RFC 3339 time with fraction, blank, text" to one file a container instance.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from starlette.requests import Request

from cluster_admin.practice.api import requests
from cluster_admin.practice.errors import BadRequest, NotFound
from cluster_admin.practice.store import Obj, Store

FOLLOW_SECONDS = 0.2
LARGEST_NUMBER = 2**31 - 1
CHUNK = 64 * 1024


class LogSource(Protocol):
    """Where the kubelet keeps logs."""

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path:
        """The file of the container's present instance, or of the one before; it need not exist."""
        ...


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What a log request asks for. `since` is a moment in UTC, None from the start."""

    follow: bool
    previous: bool
    timestamps: bool
    tail: int | None
    since: datetime | None
    limit_bytes: int | None


def log_options(request: Request) -> LogOptions:
    """Raises BadRequest."""
    return LogOptions(
        follow=requests.flag(request, "follow"),
        previous=requests.flag(request, "previous"),
        timestamps=requests.flag(request, "timestamps"),
        tail=requests.count(request, "tailLines", LARGEST_NUMBER) if request.query_params.get("tailLines") else None,
        since=_since(request),
        limit_bytes=requests.count(request, "limitBytes", LARGEST_NUMBER),
    )


def container_name(pod: Obj, asked: str | None) -> str:
    """The container meant. Raises BadRequest when it is not the pod's, or none is named and there are several."""
    names = [container["name"] for container in pod["spec"]["containers"]]
    if asked is None and len(names) == 1:
        return str(names[0])
    pod_name = pod["metadata"]["name"]
    if asked is None:
        raise BadRequest(f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(names)}]")
    if asked not in names:
        raise BadRequest(f"container {asked} is not valid for pod {pod_name}")
    return asked


def opened_log(source: LogSource, pod: Obj, container: str, previous: bool) -> BinaryIO:
    """The log file, open. Raises BadRequest when that container has not written one."""
    metadata = pod["metadata"]
    try:
        return source.path(metadata["namespace"], metadata["name"], container, previous).open("rb")
    except FileNotFoundError as error:
        name = metadata["name"]
        if previous:
            message = f'previous terminated container "{container}" in pod "{name}" not found'
        else:
            message = f'container "{container}" in pod "{name}" is waiting to start: {_waiting_reason(pod, container)}'
        raise BadRequest(message) from error


async def log_parts(
    store: Store, pod: Obj, container: str, file: BinaryIO, options: LogOptions
) -> AsyncIterator[bytes]:
    """The chosen lines; when followed, new ones until the container instance has ended or the pod is gone."""
    left = options.limit_bytes
    with closing(_Lines(file, options)) as lines:
        async for part in _chosen(store, pod, container, lines, options):
            yield part if left is None else part[:left]
            if left is not None and (left := left - len(part)) <= 0:
                return


async def _chosen(store: Store, pod: Obj, container: str, lines: "_Lines", options: LogOptions) -> AsyncIterator[bytes]:
    if options.tail is None:
        while part := lines.next_part():
            yield part
            await asyncio.sleep(0)
    else:
        yield await asyncio.to_thread(lines.tail, options.tail)
    while options.follow and not options.previous:
        # Asked before reading, so that what was written before the end is still read.
        ended, replaced = _ended(store, pod, container), lines.is_replaced()
        while part := lines.next_part():
            yield part
        if ended:
            break
        if replaced:
            await asyncio.to_thread(lines.reopen)
            continue
        await asyncio.sleep(FOLLOW_SECONDS)
    yield lines.rest()


class _Lines:
    """Reads whole lines from a growing file and writes them as asked."""

    def __init__(self, file: BinaryIO, options: LogOptions) -> None:
        self._file = file
        self._options = options
        self._partial = b""
        self._last = b""

    def is_replaced(self) -> bool:
        """Whether the file was full and another took its place; one that was only renamed is of an ended container."""
        return os.fstat(self._file.fileno()).st_nlink == 0 and Path(self._file.name).exists()

    def reopen(self) -> None:
        """Go on in the new file after the last line that was read; from its start where that line is there no more."""
        try:
            fresh = Path(self._file.name).open("rb")  # noqa: SIM115 - kept open as the one before
        except FileNotFoundError:  # removed with its pod just now
            return
        self._file.close()
        self._file, self._partial = fresh, b""
        known = b"\n" + fresh.read()
        place = known.rfind(b"\n" + self._last + b"\n") if self._last else -1
        fresh.seek(place + len(self._last) + 1 if place >= 0 else 0)

    def close(self) -> None:
        self._file.close()

    def next_part(self) -> bytes:
        """The next lines as asked, empty where there are no more now."""
        while data := self._file.read(CHUNK):
            if part := b"".join(self._written(self._complete(data))):
                return part
        return b""

    def tail(self, lines: int) -> bytes:
        """The last lines of what there is now; memory holds no more than these."""
        kept: deque[bytes] = deque(maxlen=lines)
        while data := self._file.read(CHUNK):
            kept.extend(self._written(self._complete(data)))
        return b"".join(kept)

    def rest(self) -> bytes:
        """A last line without its end."""
        return b"".join(self._written([self._partial])) if self._partial else b""

    def _complete(self, data: bytes) -> list[bytes]:
        *complete, self._partial = (self._partial + data).split(b"\n")
        self._last = complete[-1] if complete else self._last
        return complete

    def _written(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            stamp, _, text = line.partition(b" ")
            if self._options.since is None or _moment(stamp.decode(errors="replace")) >= self._options.since:
                yield (line if self._options.timestamps else text) + b"\n"


def _since(request: Request) -> datetime | None:
    seconds = requests.count(request, "sinceSeconds", LARGEST_NUMBER)
    if text := request.query_params.get("sinceTime"):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError as error:
            raise BadRequest(f"sinceTime: {text!r} is not an RFC 3339 time") from error
    return None if seconds is None else datetime.now(UTC) - timedelta(seconds=seconds)


def _moment(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def _status_of(pod: Obj, container: str) -> Obj:
    statuses: list[Obj] = pod.get("status", {}).get("containerStatuses") or []
    return next((status for status in statuses if status["name"] == container), {})


def _waiting_reason(pod: Obj, container: str) -> str:
    return str(_status_of(pod, container).get("state", {}).get("waiting", {}).get("reason", "ContainerCreating"))


def _ended(store: Store, pod: Obj, container: str) -> bool:
    metadata = pod["metadata"]
    try:
        now = store.get("pods", metadata["namespace"], metadata["name"])
    except NotFound:
        return True
    if now["metadata"]["uid"] != metadata["uid"]:
        return True
    then_status, now_status = _status_of(pod, container), _status_of(now, container)
    restarted = now_status.get("restartCount", 0) != then_status.get("restartCount", 0)
    return restarted or "terminated" in now_status.get("state", {})
