"""What a model must offer to be served."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from scoring.contract.receipt import Receipt
from scoring.service.tensors import Tensor, TensorSpec

Item = TypeVar("Item")
Score = TypeVar("Score")


@dataclass(frozen=True, slots=True)
class Body:
    """One request as it came: its media type (lower case, without parameters), its bytes, its query, its headers by
    lower-case name."""

    media_type: str
    content: bytes
    query: Mapping[str, str]
    content_type: str = ""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Item, Score]):
    """What one request asks for, and how the scores of its items, in order, become the JSON of its answer."""

    items: Sequence[Item]
    write: Callable[[Sequence[Score], Receipt], Any]


@dataclass(frozen=True, slots=True)
class Described:
    """One address for the OpenAPI document: `request` by media type, `answer` a JSON schema, `query` parameters."""

    summary: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    query: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Dialect(Generic[Item, Score]):
    """Another way to ask, at an address of its own. `read` raises ContractError or ProblemError."""

    read: Callable[[Body], Asked[Item, Score]]
    described: Described


class Model(Protocol, Generic[Item, Score]):
    """One model behind HTTP. `score` runs in a thread unless it is fast, and so does `read`.

    `score` takes 1 to `max_batch` items and returns one result for each, in order; an exception in place of a result
    fails that item alone. `reads_fast` says that `read` takes far less than a millisecond: it then runs on the event
    loop, where handing it to a thread would take longer than the reading. `at_once` batches, up to
    `batching.MOST_AT_ONCE`, are computed beside each other, each in a thread of its own. `device` is where it computes:
    "cpu", or the name of an accelerator.

    `described` is what `/v1/score` takes and answers; `dialects` are further addresses beside it. `inputs` and
    `outputs` are its tensors in the Open Inference Protocol: the first dimension counts the items of a request.
    """

    name: str
    version: str
    device: str
    max_batch: int
    at_once: int
    max_body_bytes: int
    reads_fast: bool

    @property
    def scores_fast(self) -> bool:
        """Whether a full batch takes a few milliseconds at most, so that it may be computed on the event loop."""

    @property
    def described(self) -> Described:
        """`/v1/score` in the OpenAPI document."""

    @property
    def inputs(self) -> Sequence[TensorSpec]:
        """Each comes at most once; those that are not optional come always."""

    @property
    def outputs(self) -> Sequence[TensorSpec]:
        """What `write_tensors` gives."""

    @property
    def dialects(self) -> Mapping[str, Dialect[Item, Score]]:
        """By path."""

    def warm(self) -> None:
        """Score something once for every batch shape, so that no visitor waits for a first time."""

    def read(self, body: Body) -> Item:
        """Turn a request into an item. Raises ContractError or ProblemError for what cannot be read."""

    def score(self, items: Sequence[Item]) -> Sequence[Score | Exception]:
        """Score a batch."""

    def write(self, score: Score, receipt: Receipt) -> Any:
        """The answer as orjson takes it: the contract's dataclass."""

    def read_tensors(self, tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> Sequence[Item]:
        """The items of a request; `tensors` are as `inputs` says. Raises ContractError or ProblemError."""

    def write_tensors(self, scores: Sequence[Score]) -> Sequence[Tensor]:
        """All of `outputs`, in order."""


@runtime_checkable
class Labelled(Protocol):
    """A model that names its classes at `GET /v1/labels`, beside what every model offers."""

    def labels(self) -> dict[str, Any]:
        """The classes as a JSON object (`to_json` of the contract's labels)."""
