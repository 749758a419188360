"""Asks the scorers. Every failure of theirs, and of the way to them, comes out as a ScoringError."""

import re
from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import orjson

from scoring.contract import limits
from scoring.contract.faq import Matches, Question
from scoring.contract.images import Labels, Predictions
from scoring.contract.problems import Problem
from scoring.contract.reading import ContractError, as_object, text, whole
from scoring.deadline_transport import DeadlineTransport, deadline

MAX_ANSWER_BYTES = 2 * 1024 * 1024
CONNECT_SECONDS = 1.0
PROBE_SECONDS = 1.0
DEFAULT_RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 60
POOL = httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=5.0)
SANE_HEADER = re.compile(r"[!-~][ -~]{0,127}")

T = TypeVar("T")


class ScoringError(Exception):
    """No answer. The kinds below say why."""


class ScorerUnreachable(ScoringError):  # noqa: N818  named as a visitor's page names the state
    """Nobody answers there, or who answers says that no replica takes requests now."""


class ScorerLate(ScoringError):  # noqa: N818
    """No answer by the deadline."""


class ScorerNonsense(ScoringError):  # noqa: N818
    """An answer that is not one: no JSON, another shape, half of it, an error without meaning."""


class ScorerBusy(ScoringError):  # noqa: N818
    """Too much to do; `retry_after` is seconds."""

    def __init__(self, detail: str, retry_after: int = DEFAULT_RETRY_SECONDS) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Refused(ScoringError):  # noqa: N818
    """The scorer cannot accept this input; `problem` says what is wrong with it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


# The first that fits counts.
KINDS: tuple[tuple[type[Exception], type[ScoringError]], ...] = (
    (httpx2.PoolTimeout, ScorerBusy),
    (httpx2.ConnectTimeout, ScorerUnreachable),
    (httpx2.TimeoutException, ScorerLate),
    (httpx2.NetworkError, ScorerUnreachable),
    (httpx2.ProxyError, ScorerUnreachable),
    (httpx2.UnsupportedProtocol, ScorerUnreachable),
)
LOWER_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, httpx2.CookieConflict)


class ScoringClient:
    """One scorer service behind one address. Safe to share between threads; keeps its connections.

    Deadlines are seconds of wall clock for the whole call. Nothing is sent twice: only a connection that never came
    about is tried once more. `key` is sent where the scorer asks for one.
    """

    def __init__(self, base_url: str, transport: httpx2.BaseTransport | None = None, key: str = "") -> None:
        more = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.Client(
            base_url=base_url,
            transport=transport or DeadlineTransport(POOL),
            headers={"accept": "application/json, application/problem+json", "accept-encoding": "identity"} | more,
            trust_env=False,
            follow_redirects=False,
        )

    def match(
        self, question: Question, deadline_s: float = limits.QUESTION_DEADLINE_SECONDS, request_id: str = ""
    ) -> Matches:
        """Raises ScoringError."""
        content = orjson.dumps(question.to_json())
        return self._score(content, "application/json", {}, deadline_s, request_id, Matches.from_json)

    def predict(
        self,
        content: bytes,
        media_type: str,
        top: int,
        deadline_s: float = limits.IMAGE_DEADLINE_SECONDS,
        request_id: str = "",
        explain: str = "",
        class_id: str = "",
        rendering: bool = False,
        version: str = "",
    ) -> Predictions:
        """`content` is the file as it came; `explain` one of EXPLAIN_METHODS, for `class_id` or the best class;
        `rendering` asks for the photo itself without its metadata, `version` for one of those that are served.

        Raises ScoringError.
        """
        if not SANE_HEADER.fullmatch(media_type):
            raise Refused(_unsupported())
        query = {"top": str(top)}
        if explain:
            query |= {"explain": explain} | ({"class": class_id} if class_id else {})
        if rendering:
            query["rendering"] = "true"
        return self._score(content, media_type, query, deadline_s, request_id, Predictions.from_json, version)

    def labels(self, deadline_s: float = limits.QUESTION_DEADLINE_SECONDS, version: str = "") -> Labels:
        """Every class that the image scorer's model knows. Raises ScoringError."""
        request = self._http.build_request("GET", "v1/labels", headers=_asking_for(version))
        response, body = self._send(request, deadline_s)
        return _answer(response, body, Labels.from_json)

    def ready(self) -> bool:
        """Whether a replica there wants requests now."""
        try:
            response, _ = self._send(self._http.build_request("GET", "readyz"), PROBE_SECONDS)
        except ScoringError:
            return False
        return response.status_code == httpx2.codes.OK

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _score(
        self,
        content: bytes,
        media_type: str,
        query: Mapping[str, str],
        deadline_s: float,
        request_id: str,
        read: Callable[[Any], T],
        version: str = "",
    ) -> T:
        if deadline_s <= 0:
            raise ScorerLate("The deadline had passed before the question was sent.")
        headers = {"content-type": media_type, limits.DEADLINE_HEADER: str(max(1, int(deadline_s * 1000)))}
        headers |= _asking_for(version)
        if SANE_HEADER.fullmatch(request_id):
            headers[limits.REQUEST_ID_HEADER] = request_id
        request = self._http.build_request("POST", "v1/score", content=content, params=query, headers=headers)
        response, body = self._send(request, deadline_s)
        return _answer(response, body, read)

    def _send(self, request: httpx2.Request, seconds: float) -> tuple[httpx2.Response, bytes]:
        until = monotonic() + seconds
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        request.extensions = {**request.extensions, "timeout": timeout.as_dict()}
        try:
            with deadline(until):
                return self._exchange(request, until)
        except LOWER_ERRORS as error:
            raise _translated(error) from error

    def _exchange(self, request: httpx2.Request, until: float) -> tuple[httpx2.Response, bytes]:
        response = self._http.send(request, stream=True)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ScorerNonsense("The scorer's answer is packed, which nobody asked for.")
            return response, _read(response, until)
        finally:
            response.close()


def _asking_for(version: str) -> dict[str, str]:
    if version and not SANE_HEADER.fullmatch(version):
        raise ScorerNonsense("This is not the name of a version.")
    return {limits.VERSION_HEADER: version} if version else {}


def _read(response: httpx2.Response, until: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ScorerNonsense("The scorer's answer does not end.")
        if monotonic() > until:
            raise ScorerLate("The scorer's answer was not complete by the deadline.")
    return bytes(body)


def _answer(response: httpx2.Response, body: bytes, read: Callable[[Any], T]) -> T:
    status = response.status_code
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        raise ScorerBusy("The scorer has too much to do.", _retry_after(response))
    # A balancer says 502 where the pod that it had chosen broke off.
    if status in (httpx2.codes.SERVICE_UNAVAILABLE, httpx2.codes.BAD_GATEWAY):
        raise ScorerUnreachable("No replica of the scorer takes requests now.")
    if status in (httpx2.codes.GATEWAY_TIMEOUT, httpx2.codes.REQUEST_TIMEOUT):
        raise ScorerLate("The scorer did not finish by the deadline.")
    if status == httpx2.codes.UNAUTHORIZED:
        raise ScorerNonsense("The scorer does not take the key of this site.")
    if status not in range(400, 500) and status != httpx2.codes.OK:
        raise ScorerNonsense(f"The scorer answered with status {status}.")
    try:
        content = orjson.loads(body)
        if status == httpx2.codes.OK:
            return read(content)
        problem = _problem(status, content)
    except (orjson.JSONDecodeError, ContractError) as error:
        raise ScorerNonsense(f"The scorer's answer cannot be read: {type(error).__name__}.") from error
    raise Refused(problem)


def _problem(status: int, content: Any) -> Problem:
    found = as_object(content)
    for key in ("status", "code", "title", "detail"):
        if key not in found:
            raise ContractError("missing-field", "This field is required.", key)
    field = text(found, "field") if "field" in found else ""
    whole(found, "status", status, status)
    return Problem(status, text(found, "code"), text(found, "title"), text(found, "detail"), field)


def _retry_after(response: httpx2.Response) -> int:
    sent = response.headers.get("retry-after", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 6):
        return DEFAULT_RETRY_SECONDS
    return min(int(sent), LONGEST_RETRY_SECONDS)


def _translated(error: Exception) -> ScoringError:
    for lower, kind in KINDS:
        if isinstance(error, lower):
            return kind(f"The scorer did not answer: {type(error).__name__}.")
    return ScorerNonsense(f"The scorer did not answer as agreed: {type(error).__name__}.")


def _unsupported() -> Problem:
    return Problem(415, "unsupported-media-type", "Unsupported Media Type", "This is not a media type.")
