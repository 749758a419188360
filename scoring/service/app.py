"""What is answered: routes, one boundary for errors, one log line a request."""

import logging
from functools import partial
from http import HTTPStatus
from time import perf_counter

from scoring.contract.limits import REQUEST_ID_HEADER, VERSION_HEADER
from scoring.contract.problems import ProblemError
from scoring.contract.reading import ContractError
from scoring.service.answers import CLOSE, Answer, Headers, json_answer, problem_answer, protocol_error, text_answer
from scoring.service.auth import Keys
from scoring.service.connection import Application, Reply
from scoring.service.errors import (
    from_contract,
    internal,
    no_such_model,
    not_found,
    not_ready,
    unauthorized,
    wrong_method,
)
from scoring.service.logs import RequestLog, printable
from scoring.service.metrics import Metrics
from scoring.service.model import Labelled
from scoring.service.open_inference import PREFIX, OpenInference
from scoring.service.openapi import document
from scoring.service.requests import ClientLeftError, Receive, Request, Scope, Send
from scoring.service.routes import GET, POST, PROBE_PATHS, Outcome, Owed, Reading, Route
from scoring.service.scoring import Read, Scoring, read_dialect, read_one
from scoring.service.settings import Settings
from scoring.service.shelf import STABLE, Loaded, Shelf

logger = logging.getLogger(__name__)

CLIENT_LEFT_STATUS = 499
REQUEST_ID = REQUEST_ID_HEADER.encode()
VERSION = VERSION_HEADER.encode()
SCORE = "/v1/score"
UNLOGGED = frozenset({*PROBE_PATHS, "/metrics"})


class App:
    """Not ready until the shelf has a stable version, nor once the process was told to stop."""

    def __init__(self, shelf: Shelf, scoring: Scoring, metrics: Metrics, settings: Settings) -> None:
        self._shelf = shelf
        self._scoring = scoring
        self._metrics = metrics
        self._replica = settings.replica
        self._keys = Keys(settings.key_hashes)
        self._stopping = False
        self._log_lines = RequestLog()
        self._protocol = OpenInference(shelf, scoring, self.is_ready)
        self._score_route = Route(POST, partial(self._score, read_one))
        self._routes: dict[str, Route] = {
            SCORE: self._score_route,
            "/v1/labels": Route(GET, self._labels),
            "/": Route(GET, self._healthy, public=True),
            "/version": Route(GET, self._version, public=True),
            "/livez": Route(GET, self._live, public=True),
            "/readyz": Route(GET, self._ready, public=True),
            "/metrics": Route(GET, self._page, public=True),
            "/openapi.json": Route(GET, self._document, public=True),
        }

    def is_ready(self) -> bool:
        return self._shelf.stable is not None and not self._stopping

    def open(self) -> None:
        self._metrics.ready.set(1 if self.is_ready() else 0)

    def stop(self) -> None:
        self._stopping = True
        self._metrics.ready.set(0)

    def refused(self, code: str, status: HTTPStatus | None) -> None:
        """What a connection refused before it was a request; without a status nothing was answered."""
        self._metrics.count_refusal(code)
        if status is not None:
            self._metrics.count_answer(status.value)
        fields = {"event": "connection refused", "reason": code, "status": status, "replica": self._replica}
        self._log_lines.write(fields)

    def begin(self, scope: Scope, arrived: float, content: bytes | None, reply: Reply) -> Application | None:
        """`reply` gets the answer: at once where the head decides, or later, where `content` is there: the whole body,
        which came with the head. Otherwise what is returned reads the body and answers."""
        request = Request.from_scope(scope, arrived, content)
        outcome = self._outcome(request)
        if isinstance(outcome, Answer) and not outcome.closes:
            self._reply(request, outcome, reply)
        elif isinstance(outcome, Owed):
            outcome.scored.add_done_callback(lambda _: self._settle(request, outcome, reply))
        else:
            return partial(self._finish, request, outcome, reply)
        return None

    def _settle(self, request: Request, owed: Owed, reply: Reply) -> None:
        try:
            answer = owed.answer()
        except Exception as error:  # noqa: BLE001  whatever it is has an answer
            answer = self._failed(request, error)
        self._reply(request, answer, reply)

    def _reply(self, request: Request, answer: Answer, reply: Reply) -> None:
        self._label(request, answer)
        reply(answer)
        self._log(request, answer.status, answer.batch_size)

    async def _finish(
        self,
        request: Request,
        outcome: Answer | Reading,
        reply: Reply,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        try:
            answer = outcome if isinstance(outcome, Answer) else await self._read(request, outcome, receive)
        except ClientLeftError:
            self._log(request, CLIENT_LEFT_STATUS, 0)
            return
        if not answer.closes:
            self._reply(request, answer, reply)
            return
        self._label(request, answer)
        await answer.send_and_close(receive, send)
        self._log(request, answer.status, answer.batch_size)

    def _label(self, request: Request, answer: Answer) -> None:
        answer.headers += ((REQUEST_ID, request.request_id.encode()),)
        if self._stopping and not answer.closes:
            answer.headers += (CLOSE,)

    def _outcome(self, request: Request) -> Outcome:
        try:
            route = self._route(request)
            if request.method not in route.methods:
                allowed = ", ".join(route.methods)
                return self._refused(request, wrong_method(allowed), ((b"allow", allowed.encode()),))
            if not route.public and not self._keys.allow(request.headers):
                return self._refused(request, unauthorized(), ((b"www-authenticate", b"Bearer"),))
            return route.handler(request)
        except Exception as error:  # noqa: BLE001  whatever it is has an answer
            return self._failed(request, error)

    async def _read(self, request: Request, reading: Reading, receive: Receive) -> Answer:
        try:
            return await reading(receive)
        except ClientLeftError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is has an answer
            return self._failed(request, error)

    def _failed(self, request: Request, error: Exception) -> Answer:
        if isinstance(error, ProblemError):
            return self._refused(request, error)
        if isinstance(error, ContractError):
            return self._refused(request, from_contract(error))
        logger.error("request failed", extra={"request_id": request.request_id}, exc_info=error)
        return self._shown(request, internal())

    def _route(self, request: Request) -> Route:
        path = request.path
        found = self._routes.get(path)
        if found is None and path.startswith(PREFIX):
            found = self._protocol.route(path)
        if found is None and (stable := self._shelf.stable) is not None and path in stable.model.dialects:
            found = Route(POST, partial(self._score, partial(read_dialect, path)))
        if found is None:
            raise not_found()
        return found

    def _refused(self, request: Request, error: ProblemError, headers: Headers = ()) -> Answer:
        self._metrics.count_refusal(error.problem.code)
        return self._shown(request, error, headers)

    def _shown(self, request: Request, error: ProblemError, headers: Headers = ()) -> Answer:
        return (protocol_error if request.path.startswith(PREFIX) else problem_answer)(error, headers)

    def _score(self, read: Read, request: Request) -> Outcome:
        wanted = request.headers.get(VERSION)
        loaded = self._shelf.pick() if wanted is None else self._wanted(wanted)
        if loaded is None:
            raise not_ready()
        return self._scoring.begin(loaded, read, request)

    def _wanted(self, version: bytes) -> Loaded:
        if self._shelf.stable is None:
            raise not_ready()
        found = self._shelf.labelled(version.decode("latin-1"))
        if found is None:
            raise no_such_model()
        return found

    def _labels(self, request: Request) -> Answer:
        model = self._wanted(request.headers.get(VERSION, STABLE.encode())).model
        if not isinstance(model, Labelled):
            raise not_found()
        return json_answer(model.labels())

    def _healthy(self, request: Request) -> Answer:
        return text_answer(HTTPStatus.OK, "Healthy")

    def _version(self, request: Request) -> Answer:
        stable = self._shelf.stable
        if stable is None:
            raise not_ready()
        return text_answer(HTTPStatus.OK, stable.model.version)

    def _live(self, request: Request) -> Answer:
        return text_answer(HTTPStatus.OK, "live\n")

    def _ready(self, request: Request) -> Answer:
        if not self.is_ready():
            return problem_answer(not_ready())
        return text_answer(HTTPStatus.OK, "ready\n")

    def _page(self, request: Request) -> Answer:
        return Answer(HTTPStatus.OK, self._metrics.page(), self._metrics.content_type)

    def _document(self, request: Request) -> Answer:
        stable = self._shelf.stable
        if stable is None:
            raise not_ready()
        return json_answer(document(stable.model, bool(self._keys)))

    def _log(self, request: Request, status: int, batch_size: int) -> None:
        if request.path in UNLOGGED:
            return
        self._metrics.count_answer(int(status))
        fields = {
            "method": printable(request.method.encode()) if status >= 400 else request.method,
            "path": SCORE if request.path == SCORE else printable(request.path.encode(errors="replace")),
            "status": int(status),
            "ms": round((perf_counter() - request.arrived) * 1000, 2),
            "request_id": request.request_id,
            "replica": self._replica,
            "batch_size": batch_size,
        }
        if trace := request.traceparent():
            fields["traceparent"] = trace
        self._log_lines.write(fields)
