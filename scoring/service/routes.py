"""What answers at an address."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from scoring.service.answers import Answer
from scoring.service.requests import Receive, Request

GET = ("GET", "HEAD")
POST = ("POST",)
# These go before all that waits for its turn, need no key and leave no line in the log.
PROBE_PATHS = ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready")
Reading = Callable[[Receive], Coroutine[Any, Any, Answer]]


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer that no task waits for: `answer` makes it once `scored` is done, or raises."""

    scored: asyncio.Future[Any]
    answer: Callable[[], Answer]


Outcome = Answer | Owed | Reading
Handler = Callable[[Request], Outcome]


@dataclass(frozen=True, slots=True)
class Route:
    """`public` ones need no key. A handler looks at the head, and at the body where that came with it: it answers, or
    tells how the answer comes to be."""

    methods: tuple[str, ...]
    handler: Handler
    public: bool = False
