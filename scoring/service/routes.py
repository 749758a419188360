"""What answers at an address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scoring.service.answers import Answer
from scoring.service.requests import Receive, Request

GET = ("GET", "HEAD")
POST = ("POST",)
Handler = Callable[[Request, Receive], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """`public` ones need no key."""

    methods: tuple[str, ...]
    handler: Handler
    public: bool = False
