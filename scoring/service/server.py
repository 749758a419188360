"""A process that serves one model: opens the port, loads, answers, and stops without losing a request."""

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn

from scoring.service.app import App
from scoring.service.logs import start_logging
from scoring.service.metrics import Metrics
from scoring.service.model import Model
from scoring.service.scoring import Scoring
from scoring.service.settings import Settings

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 30
LAST_WAIT_SECONDS = 0.5
WORKER_NAME = "model"
Load = Callable[[], Model[Any, Any]]


def serve(load: Load, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, or 1 where the port is taken or the model does not load.

    `load` is called in the model's own thread once the port is open, so that probes are answered meanwhile.
    """
    start_logging()
    try:
        listener = _listen(settings)
    except OSError as error:
        logger.error("cannot listen", extra={"host": settings.host, "port": settings.port, "reason": str(error)})
        return 1
    server = ScoringServer(load, settings)
    server.run(sockets=[listener])
    return server.end()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    fields = {"host": settings.host, "port": listener.getsockname()[1], "replica": settings.replica, "pid": os.getpid()}
    logger.info("start", extra=fields)
    return listener


class ScoringServer(uvicorn.Server):
    """uvicorn with a stop in two steps: readiness fails first, the port closes `lame_duck_s` later."""

    def __init__(self, load: Load, settings: Settings) -> None:
        self._metrics = Metrics()
        self.app = App(self._metrics, settings.replica)
        self._load = load
        self._settings = settings
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=WORKER_NAME)
        self._stop_at: float | None = None
        self._loading: asyncio.Task[None] | None = None
        self._exit_code = 0
        super().__init__(
            uvicorn.Config(
                self.app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=int(settings.stop_s),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loading = asyncio.create_task(self._open())

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
        if self.app.scoring:
            self.app.scoring.close()
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

    async def _open(self) -> None:
        started = monotonic()
        running = asyncio.get_running_loop().run_in_executor(self._worker, self._load_and_warm)
        try:
            model = await running
        except Exception as error:
            self._exit_code = 1
            self.should_exit = True
            logger.exception("model does not load", extra={"reason": str(error)[:500]})
            return
        self.app.open(Scoring(model, self._worker, self._settings, self._metrics))
        fields = {"model": model.name, "version": model.version, "seconds": round(monotonic() - started, 2)}
        logger.info("ready", extra={**fields, "replica": self._settings.replica})

    def _load_and_warm(self) -> Model[Any, Any]:
        model = self._load()
        model.warm()
        return model
