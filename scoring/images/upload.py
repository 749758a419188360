"""What a request to the image scorer holds: the bytes of one photo, and what is wanted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from scoring.contract.images import EXPLAIN_METHODS
from scoring.contract.limits import CONVERT_TYPES, DEFAULT_TOP, IMAGE_TYPES, MAX_TOP
from scoring.contract.problems import Problem, ProblemError
from scoring.contract.reading import ContractError
from scoring.service.model import Body

FORM_TYPE = "multipart/form-data"
FIELD = "image"
_MAX_PARTS = 8
_PARAMETERS = ("top", "explain", "class", "rendering")


def photo(body: Body) -> bytes:
    """The file as it was sent, raw or in a form. Raises ProblemError."""
    if body.media_type in IMAGE_TYPES or body.media_type in CONVERT_TYPES:
        return body.content
    if body.media_type == FORM_TYPE:
        return _in_form(body)
    detail = f"Send one of {', '.join((*IMAGE_TYPES, FORM_TYPE))} and say so in Content-Type."
    raise ProblemError(Problem(415, "image-type", "This type is not accepted", detail, field="content-type"))


@dataclass(frozen=True, slots=True)
class Options:
    """`explain` is one of EXPLAIN_METHODS, or "" where no explanation is wanted; `class_id` "" for the best class."""

    top: int
    explain: str
    class_id: str
    rendering: bool


def options(query: Mapping[str, str]) -> Options:
    """What `?top=`, `?explain=`, `?class=` and `?rendering=` ask for. Raises ContractError."""
    for key in query:
        if key not in _PARAMETERS:
            raise ContractError("unknown-field", f"Unknown parameter; known are: {', '.join(_PARAMETERS)}.", key[:100])
    explain = query.get("explain", "")
    if "explain" in query and explain not in EXPLAIN_METHODS:
        raise ContractError("not-a-choice", f"This must be one of {', '.join(EXPLAIN_METHODS)}.", "explain")
    if "class" in query and not explain:
        raise ContractError("not-a-choice", "A class is named for an explanation: send explain too.", "class")
    if query.get("rendering", "true") != "true":
        raise ContractError("not-a-choice", "This must be true, or not be sent.", "rendering")
    return Options(_top(query), explain, query.get("class", ""), "rendering" in query)


def _top(query: Mapping[str, str]) -> int:
    asked = query.get("top", str(DEFAULT_TOP))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= MAX_TOP):
        raise ContractError("not-in-range", f"This must be a whole number from 1 to {MAX_TOP}.", "top")
    return int(asked)


@dataclass(slots=True)
class _Part:
    """One part of a form while it is read: its headers, and its bytes."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)

    def end_header(self) -> None:
        self.headers[bytes(self.name).lower()] = bytes(self.value)
        self.name, self.value = bytearray(), bytearray()

    def field_name(self) -> bytes:
        disposition = self.headers.get(b"content-disposition", b"")
        return parse_options_header(disposition)[1].get(b"name", b"")


class _Form:
    """Collects the parts of a form as the parser finds them."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.whole = False

    def begin(self) -> None:
        if len(self.parts) >= _MAX_PARTS:
            raise _bad_form("The form has too many parts.")
        self.parts.append(_Part())

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].value += data[start:end]

    def header_end(self) -> None:
        self.parts[-1].end_header()

    def data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += memoryview(data)[start:end]

    def end(self) -> None:
        self.whole = True


def _in_form(body: Body) -> bytes:
    form = _parse(body)
    if [part.field_name() for part in form.parts] != [FIELD.encode()]:
        detail = f"The form must have one field, {FIELD}, with the file."
        raise ProblemError(Problem(422, "image-missing", "The form has no photo", detail, field=FIELD))
    return bytes(form.parts[0].content)


def _parse(body: Body) -> _Form:
    form = _Form()
    try:
        parser = MultipartParser(
            _boundary(body.content_type),
            {
                "on_part_begin": form.begin,
                "on_header_field": form.header_name,
                "on_header_value": form.header_value,
                "on_header_end": form.header_end,
                "on_part_data": form.data,
                "on_end": form.end,
            },
        )
        parser.write(body.content)
        parser.finalize()
    except MultipartParseError as error:
        raise _bad_form("The form does not keep to multipart/form-data.") from error
    if not form.whole:
        raise _bad_form("The form has no end.")
    return form


def _boundary(content_type: str) -> bytes:
    """Between 1 and 70 characters (RFC 2046, section 5.1.1)."""
    found = parse_options_header(content_type.encode("latin-1", "replace"))[1].get(b"boundary", b"")
    if not 1 <= len(found) <= 70:
        raise _bad_form("The content type must name the form's boundary, of 1 to 70 characters.")
    return found


def _bad_form(detail: str) -> ProblemError:
    return ProblemError(Problem(422, "image-form", "The form cannot be read", detail, field=FIELD))
