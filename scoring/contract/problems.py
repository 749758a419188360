"""Errors as RFC 9457 problem details: what both sides write and read."""

from dataclasses import dataclass
from typing import Any

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` names the kind of problem and stays; `detail` is a sentence for a person; `field` the input at fault."""

    status: int
    code: str
    title: str
    detail: str
    field: str = ""

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.field:
            body["field"] = self.field
        return body


class ProblemError(Exception):
    """Raised where a request cannot be answered; `retry_after` is seconds, where waiting helps."""

    def __init__(self, problem: Problem, retry_after: int | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after = retry_after
