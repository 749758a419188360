"""The API over a store that a test fills by hand, served by TLS from a thread of its own."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cluster_admin.practice.api.app import make_app
from cluster_admin.practice.api.server import listening, serve_on
from cluster_admin.practice.credentials import Credentials, credentials_in, write_kubeconfig
from cluster_admin.practice.store import Obj, Store

T = TypeVar("T")
KUBECTL = Path(sys.executable).with_name("kubectl")
LIMIT_SECONDS = 30


@dataclass(frozen=True)
class LogFiles:
    """Logs as the kubelet keeps them: one file a container instance."""

    directory: Path

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path:
        return self.directory / f"{namespace}_{pod}_{container}{'.previous' if previous else ''}.log"


@dataclass
class ServedApi:
    directory: Path
    credentials: Credentials
    url: str
    store: Store
    logs: LogFiles
    loop: asyncio.AbstractEventLoop
    serving: asyncio.Task[None]
    thread: threading.Thread
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubeconfig"

    def do(self, call: Callable[[Store], T]) -> T:
        """Run a call on the store where it lives."""

        async def run() -> T:
            return call(self.store)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(LIMIT_SECONDS)

    def change(self, resource: str, namespace: str | None, name: str, edit: Callable[[Obj], Any]) -> Obj:
        def edited(store: Store) -> Obj:
            obj = store.get(resource, namespace, name)
            edit(obj)
            return store.update(resource, obj)

        return self.do(edited)

    def stop(self) -> None:
        """Stop serving, as the end of the program would; a second call changes nothing."""
        if not self.serving.cancelling() and self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.serving.cancel)

    def kubectl(self, *arguments: str) -> str:
        """What the command prints; it must succeed."""
        done = self.try_kubectl(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(arguments),
            env=self._env(),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    def start_kubectl(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on; it is ended with the cluster."""
        process = subprocess.Popen(self._command(arguments), env=self._env(), stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        return process

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(KUBECTL), f"--cache-dir={self.directory / 'cache'}", "--request-timeout=20s", *arguments]

    def _env(self) -> dict[str, str]:
        return {"PATH": os.defpath, "HOME": str(self.directory), "KUBECONFIG": str(self.kubeconfig)}


@contextmanager
def served_api(directory: Path, history: int = 2000) -> Iterator[ServedApi]:
    """Serve an empty store until the block ends."""
    credentials = credentials_in(directory / "pki")
    listener = listening("127.0.0.1", 0)
    url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    logs = LogFiles(directory)
    ready: list[tuple[asyncio.AbstractEventLoop, Store, asyncio.Task[None]]] = []
    filled = threading.Event()

    async def main() -> None:
        store = Store(history)
        app = make_app(store, credentials.token, logs)
        task = asyncio.create_task(serve_on(app, listener, credentials.certificate, credentials.key))
        ready.append((asyncio.get_running_loop(), store, task))
        filled.set()
        await asyncio.wait([task])

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert filled.wait(LIMIT_SECONDS)
    loop, store, task = ready[0]
    api = ServedApi(directory, credentials, url, store, logs, loop, task, thread)
    write_kubeconfig(api.kubeconfig, url, credentials)
    try:
        yield api
    finally:
        for process in api.started:
            process.kill()
            process.communicate(timeout=LIMIT_SECONDS)
        api.stop()
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive()
