"""Logs as JSON, one line each, on stdout. What visitors sent is never in them."""

import asyncio
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson

LONGEST_VALUE = 200
PLAIN_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def start_logging() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class RequestLog:
    """One line for one request. Logging's own way there takes as long as all else that is done for a request, and to
    write each line a tenth of it: those of one turn of the event loop are written together."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def write(self, fields: dict[str, Any]) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        line = {"time": datetime.now(UTC), "level": "info", "event": "request", **fields}
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _flush(self) -> None:
        output, rest = sys.stdout.buffer, b"".join(self._lines)
        self._lines.clear()
        while rest:
            # With PYTHONUNBUFFERED a signal may end a write half-way.
            rest = rest[output.write(rest) :]
        output.flush()


class JsonLines(logging.Formatter):
    """One record as one JSON object; what is given as `extra` becomes keys of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in PLAIN_RECORD}
        if record.exc_info and record.exc_info[1]:
            line |= error_fields(record.exc_info[1])
        # Spaced as the lines of requests are; orjson would refuse what UTF-8 cannot hold.
        return json.dumps(line, default=repr, separators=(",", ":"))


def error_fields(error: BaseException) -> dict[str, str]:
    """The kind of an error and where it happened. Its message is left out: it may quote what a visitor sent."""
    return {"error": type(error).__name__, "traceback": "".join(traceback.format_tb(error.__traceback__))}


def printable(raw: bytes, longest: int = LONGEST_VALUE) -> str:
    """A header's or a path's value fit for a log line: printable ASCII, short."""
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in raw[:longest])
