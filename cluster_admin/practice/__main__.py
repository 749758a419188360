"""`python -m cluster_admin.practice`: runs the practice cluster until SIGTERM or SIGINT.

When it is ready it prints one line of JSON on standard output: `{"ready": true, "server": …, "kubeconfig": …,
"services": {name: port}}`. Logs are JSON on standard error. Exit codes: 0 stopped, 1 could not start or failed.
"""

import argparse
import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster_admin.practice.api.app import make_app
from cluster_admin.practice.api.server import listening, serve_on
from cluster_admin.practice.cluster import PracticeCluster
from cluster_admin.practice.container_logs import ContainerLogs
from cluster_admin.practice.credentials import Credentials, credentials_in, write_kubeconfig
from cluster_admin.practice.json_logs import log_as_json
from cluster_admin.practice.manifests import ManifestError, apply_manifests
from cluster_admin.practice.nodes import node_object, plan, this_machine
from cluster_admin.practice.processes import Programs, ProgramsError, read_programs

LOOPBACK = "127.0.0.1"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    state: Path
    kubeconfig: Path
    port: int
    manifests: tuple[Path, ...]
    programs: Path | None
    service_ports: tuple[tuple[str, int], ...]


def read_settings(argv: Sequence[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m cluster_admin.practice", description="A practice cluster.")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="for credentials and pod logs")
    parser.add_argument("--kubeconfig", type=Path, required=True, metavar="FILE", help="written for kubectl")
    parser.add_argument("--port", type=_port, default=0, help="of the API; 0 takes a free one")
    parser.add_argument("--manifests", type=Path, action="append", default=[], metavar="FILE.yaml")
    parser.add_argument("--programs", type=Path, metavar="FILE.json", help="image repository → argument list")
    parser.add_argument("--service-port", type=_service_port, action="append", default=[], metavar="NAME=PORT")
    given = parser.parse_args(argv)
    return Settings(
        state=given.state,
        kubeconfig=given.kubeconfig,
        port=given.port,
        manifests=tuple(given.manifests),
        programs=given.programs,
        service_ports=tuple(given.service_port),
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"not a port: {text}")
    return int(text)


def _service_port(text: str) -> tuple[str, int]:
    name, equals, port = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"not NAME=PORT: {text}")
    return name, _port(port)


async def run(settings: Settings) -> None:
    """Raises OSError, ProgramsError, ManifestError when it cannot start."""
    stopping = _stop_event()
    programs: Programs = read_programs(settings.programs) if settings.programs else {}
    credentials = credentials_in(settings.state / "credentials")
    logs = ContainerLogs(settings.state / "pod-logs")
    logs.clear()
    machine = this_machine()
    nodes = [node_object(node, machine) for node in plan(machine)]
    with listening(LOOPBACK, settings.port) as listener:
        cluster = PracticeCluster(nodes, programs, logs)
        for path in settings.manifests:
            apply_manifests(path, cluster.store)
        async with cluster:
            services = {name: await cluster.expose(name, port) for name, port in settings.service_ports}
            app = make_app(cluster.store, credentials.token, logs)
            api = asyncio.create_task(serve_on(app, listener, credentials.certificate, credentials.key))
            _announce(settings, credentials, listener, services)
            await _until_stopped(stopping, api, asyncio.create_task(cluster.watch_over()))


def _stop_event() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _announce(settings: Settings, credentials: Credentials, listener: socket.socket, services: dict[str, int]) -> None:
    server = f"https://{LOOPBACK}:{listener.getsockname()[1]}"
    write_kubeconfig(settings.kubeconfig, server, credentials)
    ready = {"ready": True, "server": server, "kubeconfig": str(settings.kubeconfig), "services": services}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


async def _until_stopped(stopping: asyncio.Event, *parts: "asyncio.Task[None]") -> None:
    """Until a signal, or the failure of a part, which is raised."""
    stopped = asyncio.create_task(stopping.wait())
    try:
        done, _ = await asyncio.wait({stopped, *parts}, return_when=asyncio.FIRST_COMPLETED)
        for part in done - {stopped}:
            await part
    finally:
        logger.info("the practice cluster stops")
        for task in (stopped, *parts):
            task.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def main() -> int:
    settings = read_settings(sys.argv[1:])
    log_as_json()
    try:
        asyncio.run(run(settings))
    except (OSError, ProgramsError, ManifestError) as problem:
        sys.stderr.write(f"The practice cluster cannot run: {' '.join(str(problem).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
