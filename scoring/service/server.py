"""A process that serves one model: opens the port, loads, answers, and stops without losing a request."""

import asyncio
import logging
import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from types import FrameType

import uvicorn

from scoring.service.accepting import Acceptor
from scoring.service.app import App
from scoring.service.batching import MOST_AT_ONCE
from scoring.service.connection import connection_class
from scoring.service.logs import start_logging
from scoring.service.metrics import Metrics
from scoring.service.requests import Receive, Scope, Send
from scoring.service.scoring import Scoring
from scoring.service.settings import Settings
from scoring.service.shelf import Shelf
from scoring.service.versions import Source
from scoring.service.watcher import Watcher

logger = logging.getLogger(__name__)

LAST_WAIT_SECONDS = 0.5
MOST_NOT_TAKEN = 4096
WORKER_NAME = "model"


def serve(source: Source, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, or 1 where the port is taken or the model does not load.

    The source is asked in a thread once the port is open, so that probes are answered meanwhile.
    """
    start_logging()
    try:
        listener = _listen(settings)
    except OSError as error:
        logger.error("cannot listen", extra={"host": settings.host, "port": settings.port, "reason": str(error)})
        return 1
    server = ScoringServer(source, settings)
    server.run(sockets=[listener])
    return server.end()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=MOST_NOT_TAKEN)
    fields = {"host": settings.host, "port": listener.getsockname()[1], "replica": settings.replica, "pid": os.getpid()}
    logger.info("start", extra=fields)
    return listener


async def nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """uvicorn wants an application; every request is given to `App.begin` by its connection."""
    raise RuntimeError(f"nobody asks for {scope['type']}")


class ScoringServer(uvicorn.Server):
    """uvicorn with a stop in two steps: readiness fails first, the port closes `lame_duck_s` later."""

    def __init__(self, source: Source, settings: Settings) -> None:
        metrics = Metrics()
        self._settings = settings
        self._worker = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix=WORKER_NAME)
        # One loads a version, the other reads meanwhile which is to be served.
        self._loader = ThreadPoolExecutor(2, thread_name_prefix=f"{WORKER_NAME}-loader")
        self._shelf = Shelf(self._worker, metrics)
        self._scoring = Scoring(settings, metrics)
        self._watcher = Watcher(source, self._shelf, self._loader, metrics)
        self.app = App(self._shelf, self._scoring, metrics, settings)
        self._acceptors: list[Acceptor] = []
        self._stop_at: float | None = None
        self._watching: asyncio.Task[None] | None = None
        self._exit_code = 0
        super().__init__(
            uvicorn.Config(
                nothing_else,
                http=connection_class(settings.patience, self.app.begin, self.app.refused),
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=settings.patience.idle_s,
                timeout_graceful_shutdown=int(settings.stop_s),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        self._acceptors = [Acceptor(listener, self._protocol) for listener in sockets or []]
        for acceptor in self._acceptors:
            acceptor.start()
        self._watching = asyncio.create_task(self._watch())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for acceptor in self._acceptors:
            await acceptor.close()
        await super().shutdown()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal starts the lame duck, a second one ends it. uvicorn's own would raise it again at the end,
        and the exit code would not be 0."""
        again = self._stop_at is not None
        self._stop_at = monotonic() + (0 if again else self._settings.lame_duck_s)
        self.app.stop()

    async def on_tick(self, counter: int) -> bool:
        over = self._stop_at is not None and monotonic() >= self._stop_at
        return await super().on_tick(counter) or over

    def close(self) -> None:
        """Let the threads go; what they still compute is not waited for."""
        self._scoring.close()
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._worker.shutdown(wait=False, cancel_futures=True)

    def end(self) -> int:
        """The exit code. Leaves at once where the model's thread cannot be ended: it would hold the process."""
        self.close()
        logger.info("stop", extra={"replica": self._settings.replica, "code": self._exit_code})
        logging.shutdown()
        sys.stdout.flush()
        if self._model_is_running():
            os._exit(self._exit_code)
        return self._exit_code

    def _model_is_running(self) -> bool:
        threads = [thread for thread in threading.enumerate() if thread.name.startswith(WORKER_NAME)]
        for thread in threads:
            thread.join(LAST_WAIT_SECONDS)
        return any(thread.is_alive() for thread in threads)

    async def _watch(self) -> None:
        started = monotonic()
        try:
            await self._watcher.open()
        except Exception as error:
            self._exit_code = 1
            self.should_exit = True
            logger.exception("model does not load", extra={"reason": str(error)[:500]})
            return
        self.app.open()
        fields = {"seconds": round(monotonic() - started, 2), "replica": self._settings.replica}
        if self._shelf.stable is not None:
            fields |= {"model": self._shelf.stable.model.name, "version": self._shelf.stable.model.version}
        logger.info("ready", extra=fields)
        await self._watcher.run(self._settings.poll_s)
