"""The other ways to ask the FAQ scorer: tensors of the Open Inference Protocol, and the reference's `/score`.

The reference (Azure's tutorial of 2018) answered with [original's id, answer's id, probability] of every entry; here it
is the best 20. An entry has one id, which is then in both places; ids that are numbers are written as numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scoring.contract.faq import Question, clean_question
from scoring.contract.limits import DEFAULT_TOP, MAX_QUESTION_CHARACTERS, MAX_TOP
from scoring.contract.reading import ContractError, as_object, only_keys, text, whole
from scoring.contract.receipt import Receipt
from scoring.service.json_body import JSON_TYPE, read_json
from scoring.service.model import Asked, Body, Described, Dialect
from scoring.service.tensors import Tensor, TensorSpec, each

ReadOne = Callable[[str, int], Any]
# What remains of a question once it is cleaned holds at least one character that is no space and no control character.
QUESTION_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_QUESTION_CHARACTERS,
    "pattern": r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]",
}
INPUTS = (TensorSpec("question", "BYTES", (-1,), element=QUESTION_SCHEMA),)
OUTPUTS = (
    TensorSpec("ids", "BYTES", (-1, -1)),
    TensorSpec("scores", "FP32", (-1, -1)),
    TensorSpec("questions", "BYTES", (-1, -1)),
    TensorSpec("answers", "BYTES", (-1, -1)),
    TensorSpec("answered", "BOOL", (-1,)),
)
_TEXT = {"type": "string"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: Mapping[str, Any], required: Sequence[str] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": dict(properties), "required": needed, "additionalProperties": False}


_WORD = _object({"text": _TEXT, "weight": _SHARE})
_MATCH = _object(
    {"id": _TEXT, "question": _TEXT, "answer": _TEXT, "score": _SHARE, "words": {"type": "array", "items": _WORD}}
)
DESCRIBED = Described(
    summary="The entries that answer a question, best first.",
    request={
        JSON_TYPE: {
            "schema": _object(
                {"question": QUESTION_SCHEMA, "top": {"type": "integer", "minimum": 1, "maximum": MAX_TOP}},
                ["question"],
            )
        }
    },
    answer=_object(
        {
            "matches": {"type": "array", "items": _MATCH},
            "answered": {"type": "boolean"},
            "threshold": _SHARE,
            "receipt": {"$ref": "#/components/schemas/Receipt"},
        }
    ),
)


def questions(tensors: Mapping[str, Tensor], parameters: Mapping[str, Any]) -> list[Question]:
    """`parameters` may have `top`, the width of the outputs. Raises ContractError."""
    top = whole(parameters, "top", 1, MAX_TOP) if "top" in parameters else DEFAULT_TOP
    return each("question", tensors["question"].values, lambda value: Question(_question(bytes(value)), top))


def _question(raw: bytes) -> str:
    try:
        return clean_question(raw.decode())
    except UnicodeDecodeError as error:
        raise ContractError("not-utf8", "The question is not UTF-8 text.", "question") from error


def answers(found: Sequence[Any]) -> list[Tensor]:
    """All of OUTPUTS. Where there are fewer matches than columns: "" and 0."""
    rows = [one.matches for one in found]
    width = max(1, *(len(row) for row in rows))
    shape = (len(rows), width)

    def texts(name: str, pick: Callable[[Any], str]) -> Tensor:
        values = [pick(match) for row in rows for match in row + (None,) * (width - len(row))]
        return Tensor.of_texts(name, shape, values)

    scores = [match.score if match else 0.0 for row in rows for match in row + (None,) * (width - len(row))]
    return [
        texts("ids", lambda match: match.id if match else ""),
        Tensor.of_numbers("scores", "FP32", shape, scores),
        texts("questions", lambda match: match.question if match else ""),
        texts("answers", lambda match: match.answer if match else ""),
        Tensor.of_numbers("answered", "BOOL", (len(rows),), [one.answered for one in found]),
    ]


def _read_reference(body: Body) -> Asked[Question, Any]:
    """Raises ContractError, ProblemError."""
    found = as_object(read_json(body))
    only_keys(found, {"input"})
    return Asked((Question(clean_question(text(found, "input")), MAX_TOP),), _write_reference)


def _write_reference(found: Sequence[Any], receipt: Receipt) -> dict[str, Any]:
    rows = [[_number(match.id), _number(match.id), match.score] for match in found[0].matches]
    return {"result": [rows, f"Computed in {receipt.compute_ms:.2f} ms"]}


def _number(id: str) -> int | str:
    return int(id) if id.isascii() and id.isdecimal() and len(id) <= 18 else id


_TRIPLE = {"type": "array", "items": {"type": ["integer", "string", "number"]}, "minItems": 3, "maxItems": 3}
DIALECTS: Mapping[str, Dialect[Question, Any]] = {
    "/score": Dialect(
        _read_reference,
        Described(
            summary="As the reference of 2018 was asked.",
            request={JSON_TYPE: {"schema": _object({"input": QUESTION_SCHEMA})}},
            answer=_object(
                {
                    "result": {
                        "type": "array",
                        "items": {"anyOf": [{"type": "array", "items": _TRIPLE}, _TEXT]},
                        "minItems": 2,
                        "maxItems": 2,
                    }
                }
            ),
        ),
    )
}
