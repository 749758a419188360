"""Kubernetes protobuf bodies, as far as kubectl sends them without a choice: `create deployment`, `create namespace`
and the options of a deletion.

An envelope (`k8s`, a zero byte, then `runtime.Unknown`) names the kind; the numbers of the fields are those of
k8s.io/api `generated.proto`. A field that is not listed here may only be empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster_admin.practice.errors import BadRequest, UnsupportedMediaType
from cluster_admin.practice.store import Obj

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
IGNORED = ""
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
Fields = Mapping[int, tuple[str, str]]
Read = str | int | bool | Obj

# Number → (name, type); "[]" before a type is a list, "{}" a map of strings to it.
MESSAGES: Mapping[str, Fields] = {
    "Deployment": {1: ("metadata", "ObjectMeta"), 2: ("spec", "DeploymentSpec"), 3: ("status", IGNORED)},
    "Namespace": {1: ("metadata", "ObjectMeta"), 2: ("spec", IGNORED), 3: ("status", IGNORED)},
    "DeleteOptions": {
        1: ("gracePeriodSeconds", "int"),
        2: ("preconditions", "Preconditions"),
        3: ("orphanDependents", "bool"),
        4: ("propagationPolicy", "string"),
        5: ("dryRun", "[]string"),
    },
    "Preconditions": {1: ("uid", "string"), 2: ("resourceVersion", "string")},
    "ObjectMeta": {
        1: ("name", "string"),
        2: ("generateName", "string"),
        3: ("namespace", "string"),
        8: ("creationTimestamp", IGNORED),
        11: ("labels", "{}string"),
        12: ("annotations", "{}string"),
    },
    "DeploymentSpec": {
        1: ("replicas", "int"),
        2: ("selector", "LabelSelector"),
        3: ("template", "PodTemplateSpec"),
        5: ("minReadySeconds", "int"),
        6: ("revisionHistoryLimit", "int"),
        7: ("paused", "bool"),
        9: ("progressDeadlineSeconds", "int"),
    },
    "LabelSelector": {1: ("matchLabels", "{}string")},
    "PodTemplateSpec": {1: ("metadata", "ObjectMeta"), 2: ("spec", "PodSpec")},
    "PodSpec": {
        2: ("containers", "[]Container"),
        3: ("restartPolicy", "string"),
        4: ("terminationGracePeriodSeconds", "int"),
        7: ("nodeSelector", "{}string"),
    },
    "Container": {
        1: ("name", "string"),
        2: ("image", "string"),
        3: ("command", "[]string"),
        4: ("args", "[]string"),
        6: ("ports", "[]ContainerPort"),
        8: ("resources", "ResourceRequirements"),
    },
    "ContainerPort": {
        1: ("name", "string"),
        2: ("hostPort", "int"),
        3: ("containerPort", "int"),
        4: ("protocol", "string"),
        5: ("hostIP", "string"),
    },
    "ResourceRequirements": {1: ("limits", "{}Quantity"), 2: ("requests", "{}Quantity")},
    "Quantity": {1: ("string", "string")},
    "Unknown": {1: ("typeMeta", "TypeMeta"), 2: ("raw", "bytes")},
    "TypeMeta": {1: ("apiVersion", "string"), 2: ("kind", "string")},
}
READABLE = ("Deployment", "Namespace", "DeleteOptions")


def read_object(body: bytes) -> Obj:
    """The object as its JSON would be. Raises UnsupportedMediaType for what is not listed above, BadRequest."""
    if not body.startswith(MAGIC):
        raise BadRequest("the body of the request is not Kubernetes protobuf")
    try:
        envelope = _message("Unknown", body[len(MAGIC) :])
        type_meta = envelope.get("typeMeta", {})
        kind = type_meta.get("kind", "")
        if kind not in READABLE:
            raise _unread(f"protobuf of {kind or 'no kind'}")
        content: Obj = _message(kind, envelope.get("raw", b""))
        return {**type_meta, **content}
    except (IndexError, UnicodeDecodeError) as broken:
        raise BadRequest("the body of the request is broken protobuf") from broken


def _message(name: str, data: bytes) -> Obj:
    result: Obj = {}
    for number, value in _fields(data):
        field, kind = MESSAGES[name].get(number, (str(number), IGNORED))
        if kind == IGNORED:
            _check_empty(name, field, value)
        elif kind.startswith("[]"):
            result.setdefault(field, []).append(_value(kind[2:], value))
        elif kind.startswith("{}"):
            key, item = _entry(kind[2:], value)
            result.setdefault(field, {})[key] = item
        elif (read := _value(kind, value)) != "":  # Go writes strings that are not set as empty ones
            result[field] = read
    return result


def _value(kind: str, value: int | bytes) -> Any:
    if kind in ("int", "bool"):
        if not isinstance(value, int):
            raise BadRequest("the body of the request is broken protobuf: a number is expected")
        signed = value - 2**64 if value >= 2**63 else value
        return bool(value) if kind == "bool" else signed
    if not isinstance(value, bytes):
        raise BadRequest("the body of the request is broken protobuf: a text is expected")
    if kind == "bytes":
        return value
    if kind == "string":
        return value.decode()
    message = _message(kind, value)
    return message.get("string", "0") if kind == "Quantity" else message


def _entry(kind: str, value: int | bytes) -> tuple[str, Any]:
    if not isinstance(value, bytes):
        raise BadRequest("the body of the request is broken protobuf: a map is expected")
    parts = dict(_fields(value))
    return _value("string", parts.get(1, b"")), _value(kind, parts.get(2, b""))


def _check_empty(message: str, field: str, value: int | bytes) -> None:
    if not _is_empty(value):
        raise _unread(f"protobuf with field {field} of {message}")


def _is_empty(value: int | bytes) -> bool:
    """Go writes messages without content too, and within them their unset parts."""
    if isinstance(value, int):
        return value == 0
    try:
        return all(_is_empty(part) for _, part in _fields(value))
    except (IndexError, BadRequest):  # a text, and no message
        return False


def _unread(what: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(
        f"the practice cluster does not read {what}. "
        "Send it as JSON: kubectl create … --dry-run=client -o yaml | kubectl apply -f -"
    )


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values. Raises BadRequest, IndexError at a cut end."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        sizes = {FIXED_64: 8, FIXED_32: 4}
        if wire == BYTES:
            size, at = _varint(data, at)
        elif wire in sizes:
            size = sizes[wire]
        else:
            raise BadRequest(f"the body of the request is broken protobuf: wire type {wire}")
        if at + size > len(data):
            raise IndexError(size)
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise BadRequest("the body of the request is broken protobuf: a number of more than 64 bits")
