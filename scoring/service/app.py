"""The ASGI application: routes, one boundary for errors, one log line a request."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import perf_counter

from scoring.contract.limits import REQUEST_ID_HEADER
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from scoring.service.answers import Answer, problem_answer, text_answer
from scoring.service.errors import from_contract, internal, not_found, not_ready, wrong_method
from scoring.service.logs import printable
from scoring.service.metrics import Metrics
from scoring.service.requests import ClientLeftError, Receive, Request, Scope, Send
from scoring.service.scoring import Scoring

logger = logging.getLogger(__name__)

CLIENT_LEFT_STATUS = 499
PROBES = frozenset({"/livez", "/readyz", "/metrics"})

Handler = Callable[[Request, Receive], Awaitable[Answer]]


class App:
    """`scoring` is None until the model is loaded and warmed; `stopping` is set when the process was told to stop."""

    def __init__(self, metrics: Metrics, replica: str) -> None:
        self.scoring: Scoring | None = None
        self._stopping = False
        self._metrics = metrics
        self._replica = replica
        self._routes: dict[str, tuple[tuple[str, ...], Handler]] = {
            "/v1/score": (("POST",), self._score),
            "/livez": (("GET", "HEAD"), self._live),
            "/readyz": (("GET", "HEAD"), self._ready),
            "/metrics": (("GET", "HEAD"), self._page),
        }

    def open(self, scoring: Scoring) -> None:
        self.scoring = scoring
        self._metrics.ready.set(0 if self._stopping else 1)

    def stop(self) -> None:
        self._stopping = True
        self._metrics.ready.set(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"this service speaks HTTP alone, not {scope['type']}")
        started = perf_counter()
        request = Request.from_scope(scope)
        try:
            answer = await self._answer(request, receive)
        except ClientLeftError:
            self._log(request, CLIENT_LEFT_STATUS, started, 0)
            return
        headers = {REQUEST_ID_HEADER: request.request_id}
        if self._stopping:
            headers["connection"] = "close"
        await answer.send(send, headers)
        self._log(request, answer.status, started, answer.batch_size)

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        try:
            methods, handler = self._route(request)
            if request.method not in methods:
                allowed = ", ".join(methods)
                return self._refused(wrong_method(allowed), {"allow": allowed})
            return await handler(request, receive)
        except ProblemError as error:
            return self._refused(error)
        except ContractError as error:
            return self._refused(from_contract(error))
        except ClientLeftError:
            raise
        except Exception:
            logger.exception("request failed", extra={"request_id": request.request_id})
            return problem_answer(internal())

    def _route(self, request: Request) -> tuple[tuple[str, ...], Handler]:
        found = self._routes.get(request.path)
        if found is None:
            raise not_found()
        return found

    def _refused(self, error: ProblemError, headers: dict[str, str] | None = None) -> Answer:
        self._metrics.rejections.labels(error.problem.code).inc()
        return problem_answer(error, headers)

    async def _score(self, request: Request, receive: Receive) -> Answer:
        if self.scoring is None:
            raise not_ready()
        return await self.scoring.answer(request, receive)

    async def _live(self, request: Request, receive: Receive) -> Answer:
        return text_answer(HTTPStatus.OK, "live\n")

    async def _ready(self, request: Request, receive: Receive) -> Answer:
        if self.scoring is None or self._stopping:
            return problem_answer(not_ready())
        return text_answer(HTTPStatus.OK, "ready\n")

    async def _page(self, request: Request, receive: Receive) -> Answer:
        return Answer(HTTPStatus.OK, self._metrics.page(), self._metrics.content_type)

    def _log(self, request: Request, status: int, started: float, batch_size: int) -> None:
        if request.path in PROBES:
            return
        self._metrics.requests.labels(str(int(status))).inc()
        fields = {
            "method": printable(request.method.encode()),
            "path": printable(request.path.encode()),
            "status": int(status),
            "ms": round((perf_counter() - started) * 1000, 2),
            "request_id": request.request_id,
            "replica": self._replica,
            "batch_size": batch_size,
        }
        trace = request.traceparent()
        logger.info("request", extra=fields | ({"traceparent": trace} if trace else {}))
