"""JSON patch, RFC 6902, with the limits that Kubernetes sets on it."""

from typing import Any

import orjson

from cluster_admin.practice.errors import BadRequest, RequestEntityTooLarge
from cluster_admin.practice.store import Obj, copied

MOST_OPERATIONS = 10_000
MOST_COPIED_BYTES = 3 * 1024 * 1024


def operated(target: Obj, operations: Any) -> Obj:
    """The target with the operations applied in turn; it stays as it is. Raises BadRequest, RequestEntityTooLarge."""
    if not isinstance(operations, list):
        raise BadRequest("a JSON patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        raise RequestEntityTooLarge(f"a JSON patch may have at most {MOST_OPERATIONS} operations")
    patch = _Patch(copied(target))
    for operation in operations:
        try:
            patch.apply(operation)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as wrong:
            raise BadRequest(f"the JSON patch cannot be applied: {operation!r}"[:300]) from wrong
    if not isinstance(patch.document, dict):
        raise BadRequest("the JSON patch leaves no object")
    return patch.document


class _Patch:
    """The document while it changes. What is wrong with an operation shows as an ordinary error of Python."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._copied_bytes = 0

    def apply(self, operation: Obj) -> None:
        path = _steps(operation["path"])
        match operation["op"]:
            case "add":
                self._add(path, copied(operation["value"]))
            case "remove":
                self._remove(path)
            case "replace":
                self._replace(path, copied(operation["value"]))
            case "move":
                self._move(_steps(operation["from"]), path)
            case "copy":
                self._add(path, self._bounded_copy(_steps(operation["from"])))
            case "test":
                if not _same(self._at(path), operation["value"]):
                    raise ValueError("the test fails")
            case unknown:
                raise ValueError(unknown)

    def _at(self, path: list[str]) -> Any:
        value = self.document
        for step in path:
            value = value[_index(step, len(value) - 1) if isinstance(value, list) else step]
        return value

    def _add(self, path: list[str], value: Any) -> None:
        if not path:
            self.document = value
            return
        parent, last = self._at(path[:-1]), path[-1]
        if isinstance(parent, list):
            parent.insert(len(parent) if last == "-" else _index(last, len(parent)), value)
        else:
            parent[last] = value

    def _remove(self, path: list[str]) -> Any:
        if not path:
            raise ValueError("the whole document cannot be removed")
        parent, last = self._at(path[:-1]), path[-1]
        return parent.pop(_index(last, len(parent) - 1) if isinstance(parent, list) else last)

    def _replace(self, path: list[str], value: Any) -> None:
        self._at(path)  # what is not there cannot be replaced
        if not path:
            self.document = value
            return
        parent, last = self._at(path[:-1]), path[-1]
        parent[int(last) if isinstance(parent, list) else last] = value

    def _move(self, source: list[str], path: list[str]) -> None:
        if path[: len(source)] == source and path != source:
            raise ValueError("nothing can be moved into itself")
        self._add(path, self._remove(source))

    def _bounded_copy(self, source: list[str]) -> Any:
        """A few bytes of copies could else double the document a thousand times."""
        value = copied(self._at(source))
        self._copied_bytes += len(orjson.dumps(value))
        if self._copied_bytes > MOST_COPIED_BYTES:
            raise RequestEntityTooLarge(f"a JSON patch may copy at most {MOST_COPIED_BYTES} bytes")
        return value


def _steps(pointer: Any) -> list[str]:
    """A JSON pointer, RFC 6901."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ValueError("a JSON pointer begins with a slash")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _index(step: str, largest: int) -> int:
    if not (step.isascii() and step.isdecimal()) or (step[0] == "0" and step != "0"):
        raise ValueError("not an index of a list")
    if int(step) > largest:
        raise IndexError(step)
    return int(step)


def _same(one: Any, other: Any) -> bool:
    """JSON equality, which tells true from 1 where Python does not."""
    options = orjson.OPT_SORT_KEYS
    return one == other and orjson.dumps(one, option=options) == orjson.dumps(other, option=options)
