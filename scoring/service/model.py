"""What a model must offer to be served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from scoring.contract.receipt import Receipt

Item = TypeVar("Item")
Score = TypeVar("Score")


@dataclass(frozen=True, slots=True)
class Body:
    """One request as it came: its media type (lower case, without parameters), its bytes, its query."""

    media_type: str
    content: bytes
    query: Mapping[str, str]
    content_type: str = ""


class Model(Protocol, Generic[Item, Score]):
    """One model behind HTTP. `score` runs in a thread, `read` too unless it is fast.

    `score` takes 1 to `max_batch` items and returns one result for each, in order; an exception in place of a result
    fails that item alone. `reads_fast` says that `read` takes far less than a millisecond: it then runs on the event
    loop, where handing it to a thread would take longer than the reading.
    """

    name: str
    version: str
    max_batch: int
    max_body_bytes: int
    reads_fast: bool

    def warm(self) -> None:
        """Score something once for every batch shape, so that no visitor waits for a first time."""

    def read(self, body: Body) -> Item:
        """Turn a request into an item. Raises ContractError or ProblemError for what cannot be read."""

    def score(self, items: Sequence[Item]) -> Sequence[Score | Exception]:
        """Score a batch."""

    def write(self, score: Score, receipt: Receipt) -> dict[str, Any]:
        """The answer as a JSON object (`to_json` of the contract's answer)."""
